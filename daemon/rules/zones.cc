#include "daemon/rules/zones.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace fusiond::rules {
namespace {

// Whole degrees of 1e-7: differences fit 33 bits, their products 66.
__extension__ using Wide = __int128;

// On which side of the line a -> b the point lies: above 0 left, below 0 right, 0 on it.
Wide side(ZonePoint a, ZonePoint b, ZonePoint p) {
  const auto wide = [](std::int32_t one, std::int32_t other) { return Wide{one} - Wide{other}; };
  return wide(b.lon_e7, a.lon_e7) * wide(p.lat_e7, a.lat_e7) -
         wide(b.lat_e7, a.lat_e7) * wide(p.lon_e7, a.lon_e7);
}

// Does a ray from the point to the east cross the edge? Edges hold their lower end only.
bool crosses_ray(ZonePoint a, ZonePoint b, ZonePoint p) {
  if ((a.lat_e7 > p.lat_e7) == (b.lat_e7 > p.lat_e7)) {
    return false;
  }
  const Wide s = side(a, b, p);
  return b.lat_e7 > a.lat_e7 ? s > 0 : s < 0;
}

int sign(Wide value) {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

bool on_edge(ZonePoint a, ZonePoint b, ZonePoint p) {
  return side(a, b, p) == 0 && std::min(a.lat_e7, b.lat_e7) <= p.lat_e7 &&
         p.lat_e7 <= std::max(a.lat_e7, b.lat_e7) && std::min(a.lon_e7, b.lon_e7) <= p.lon_e7 &&
         p.lon_e7 <= std::max(a.lon_e7, b.lon_e7);
}

bool meet(ZonePoint a, ZonePoint b, ZonePoint c, ZonePoint d) {
  if (sign(side(a, b, c)) * sign(side(a, b, d)) < 0 &&
      sign(side(c, d, a)) * sign(side(c, d, b)) < 0) {
    return true;
  }
  return on_edge(a, b, c) || on_edge(a, b, d) || on_edge(c, d, a) || on_edge(c, d, b);
}

struct Edge {
  ZonePoint a;
  ZonePoint b;
  std::size_t ring = 0;
  std::size_t number = 0;
  [[nodiscard]] std::int32_t west() const { return std::min(a.lon_e7, b.lon_e7); }
  [[nodiscard]] std::int32_t east() const { return std::max(a.lon_e7, b.lon_e7); }
};

std::string words_of(ZonePoint p) {
  const auto degrees = [](std::int32_t e7) {
    std::string digits = std::to_string(std::abs(std::int64_t{e7}));
    digits.insert(0, digits.size() < 8 ? 8 - digits.size() : 0, '0');
    return (e7 < 0 ? "-" : "") + digits.substr(0, digits.size() - 7) + "." +
           digits.substr(digits.size() - 7);
  };
  return degrees(p.lat_e7) + "," + degrees(p.lon_e7);
}

// Neighbours share their end and no more.
bool are_neighbours(const Edge& one, const Edge& other, std::size_t edges_of_ring) {
  if (one.ring != other.ring) {
    return false;
  }
  const std::size_t apart =
      one.number > other.number ? one.number - other.number : other.number - one.number;
  return apart == 1 || apart + 1 == edges_of_ring;
}

}  // namespace

bool Zones::add(const std::string& name, Zone zone) {
  if (!by_name_.emplace(name, zones_.size()).second) {
    return false;
  }
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int32_t>::min();
  Boxed boxed{std::move(zone), {kMost, kMost}, {kLeast, kLeast}};
  for (const Ring& ring : boxed.zone.rings) {
    for (const ZonePoint point : ring) {
      boxed.least = {std::min(boxed.least.lat_e7, point.lat_e7),
                     std::min(boxed.least.lon_e7, point.lon_e7)};
      boxed.most = {std::max(boxed.most.lat_e7, point.lat_e7),
                    std::max(boxed.most.lon_e7, point.lon_e7)};
    }
  }
  zones_.push_back(std::move(boxed));
  return true;
}

std::vector<std::string> Zones::names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : by_name_) {
    names.push_back(name);
  }
  return names;
}

bool Zones::meet(const std::string& a, const std::string& b) const {
  const Boxed& one = zones_[by_name_.at(a)];
  const Boxed& other = zones_[by_name_.at(b)];
  return one.least.lat_e7 <= other.most.lat_e7 && other.least.lat_e7 <= one.most.lat_e7 &&
         one.least.lon_e7 <= other.most.lon_e7 && other.least.lon_e7 <= one.most.lon_e7;
}

bool Zones::inside(const std::string& name, ZonePoint point) const {
  const Boxed& boxed = zones_[by_name_.at(name)];
  if (point.lat_e7 < boxed.least.lat_e7 || point.lat_e7 > boxed.most.lat_e7 ||
      point.lon_e7 < boxed.least.lon_e7 || point.lon_e7 > boxed.most.lon_e7) {
    return false;
  }
  bool in = false;
  for (const Ring& ring : boxed.zone.rings) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      in = crosses_ray(ring[i], ring[(i + 1) % ring.size()], point) ? !in : in;
    }
  }
  return in;
}

std::string fault_of(const Zone& zone) {
  std::vector<Edge> edges;
  for (std::size_t r = 0; r < zone.rings.size(); ++r) {
    const Ring& ring = zone.rings[r];
    if (ring.size() < 3) {
      return "a ring needs three points or more, got: " + std::to_string(ring.size());
    }
    for (std::size_t i = 0; i < ring.size(); ++i) {
      edges.push_back({ring[i], ring[(i + 1) % ring.size()], r, i});
      if (edges.back().a == edges.back().b) {
        return "the same point stands twice: " + words_of(ring[i]);
      }
    }
  }
  // From west to east, so that only edges that share some longitude are compared.
  std::sort(edges.begin(), edges.end(),
            [](const Edge& a, const Edge& b) { return a.west() < b.west(); });
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (std::size_t j = i + 1; j < edges.size() && edges[j].west() <= edges[i].east(); ++j) {
      const Edge& one = edges[i];
      const Edge& other = edges[j];
      const bool neighbours = are_neighbours(one, other, zone.rings[one.ring].size());
      const bool crossed = neighbours
                               ? (on_edge(one.a, one.b, one.a == other.b ? other.a : other.b) ||
                                  on_edge(other.a, other.b, other.a == one.b ? one.a : one.b))
                               : meet(one.a, one.b, other.a, other.b);
      if (crossed) {
        return "its border crosses or touches itself near " + words_of(one.a);
      }
    }
  }
  return {};
}

}  // namespace fusiond::rules
