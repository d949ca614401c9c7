#include "daemon/explain/words.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace fusiond::explain {
namespace {

template <class Key, std::size_t N>
std::string_view found(const std::array<std::pair<Key, std::string_view>, N>& table, const Key& key,
                       std::string_view otherwise) {
  for (const auto& [name, word] : table) {
    if (name == key) {
      return word;
    }
  }
  return otherwise;
}

template <class... Args>
std::string printed(const char* format, Args... args) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

constexpr std::array<std::pair<SourceKind, std::string_view>, 10> kSources = {{
    {SourceKind::camera, "camera"},
    {SourceKind::cad, "CAD call"},
    {SourceKind::alarm, "alarm"},
    {SourceKind::acoustic, "acoustic sensor"},
    {SourceKind::plate, "plate reader"},
    {SourceKind::social, "public post"},
    {SourceKind::public_alert, "public alert"},
    {SourceKind::traffic, "traffic feed"},
    {SourceKind::track, "track"},
    {SourceKind::operator_, "operator"},
}};

constexpr std::array<std::pair<LocationMethod, std::string_view>, 9> kFixes = {{
    {LocationMethod::gps, "a phone or satellite fix"},
    {LocationMethod::cell, "a cell sector"},
    {LocationMethod::manual, "a place set by hand"},
    {LocationMethod::derived, "a derived place"},
    {LocationMethod::geocoded, "an address"},
    {LocationMethod::acoustic, "a place heard by sensors"},
    {LocationMethod::device_registry, "a device at a known place"},
    {LocationMethod::zone_centroid, "the middle of a zone"},
    {LocationMethod::text, "a place named in words"},
}};

constexpr std::array<std::pair<IncidentState, std::string_view>, 5> kStates = {{
    {IncidentState::open, "open"},
    {IncidentState::quiet, "quiet"},
    {IncidentState::closed, "closed"},
    {IncidentState::merged, "merged"},
    {IncidentState::withdrawn, "withdrawn"},
}};

constexpr std::array<std::pair<IncidentState, std::string_view>, 5> kMeanings = {{
    {IncidentState::open, "It is open: reports may still join."},
    {IncidentState::quiet,
     "It is quiet: its groups take no report any more, a new group may still be linked to it."},
    {IncidentState::closed, "It is closed: nothing can change what belongs to it any more."},
    {IncidentState::merged, "It became part of another incident."},
    {IncidentState::withdrawn, "It is withdrawn: every report of it was taken back."},
}};

constexpr std::array<std::pair<IncidentChange, std::string_view>, 7> kChanges = {{
    {IncidentChange::open, "opened"},
    {IncidentChange::update, "updated"},
    {IncidentChange::merged, "merged into another"},
    {IncidentChange::withdrawn, "withdrawn"},
    {IncidentChange::quiet, "turned quiet"},
    {IncidentChange::closed, "closed"},
    {IncidentChange::reopened, "reopened"},
}};

struct KeyRow {
  std::string_view key;
  std::string_view between;
  std::string_view both;
};
constexpr std::array<KeyRow, 5> kKeys = {{
    {"cad", "has the same CAD number as", "have the same CAD number"},
    {"plate", "has the same plate as", "have the same plate"},
    {"duplicate_of", "was called a duplicate by a dispatcher, as or of",
     "were called duplicates by a dispatcher"},
    {"caller", "comes from the same caller as", "come from the same caller"},
    {"device", "comes from the same device as", "come from the same device"},
}};

const KeyRow* key_row(std::string_view key) {
  for (const KeyRow& row : kKeys) {
    if (row.key == key) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

std::string metres(std::int64_t m) {
  if (m < 1000) {
    return std::to_string(m) + " m";
  }
  const double km = static_cast<double>(m) / 1000;
  return printed(m < 10'000 ? "%.1f km" : "%.0f km", km);
}

std::string span(Micros time) {
  const std::int64_t us = time.count();
  if (us < 0) {
    return "-" + span(Micros{-us});
  }
  const std::int64_t s = us / 1'000'000;
  if (s < 60) {
    return us % 1'000'000 == 0 || s >= 10 ? std::to_string(s) + " s"
                                          : printed("%.1f s", static_cast<double>(us) / 1e6);
  }
  const auto both = [](std::int64_t large, const char* of, std::int64_t small, const char* rest) {
    return std::to_string(large) + of + (small == 0 ? "" : " " + std::to_string(small) + rest);
  };
  if (s < 3600) {
    return both(s / 60, " min", s % 60, " s");
  }
  if (s < 48 * 3600) {
    return both(s / 3600, " h", s % 3600 / 60, " min");
  }
  return both(s / 86400, " days", s % 86400 / 3600, " h");
}

std::string nats(std::int64_t mn) {
  return printed("%.2f", static_cast<double>(mn) / 1000);
}

std::string percent(std::int64_t permille) {
  return permille % 10 == 0 ? std::to_string(permille / 10) + " %"
                            : printed("%.1f %%", static_cast<double>(permille) / 10);
}

std::string times(std::int64_t mn) {
  const double factor = std::exp(static_cast<double>(mn) / 1000);
  if (factor >= 1e6) {
    return "more than a million times";
  }
  if (factor >= 1000) {
    const auto thousands = static_cast<long long>(factor / 1000);
    return std::to_string(thousands) + ",000 times";
  }
  if (factor >= 9.5) {
    return printed("%.0f times", factor);
  }
  if (factor >= 0.095) {
    return printed("%.1f times", factor);
  }
  if (factor >= 1e-6) {
    return printed("1/%.0f", 1 / factor);
  }
  return "less than a millionth";
}

std::string times_of(std::int64_t mn) {
  std::string words = times(mn);
  return words.ends_with("times") ? words : words + " of";
}

std::string count(std::size_t n, std::string_view noun) {
  const char* plural = noun.ends_with("s") ? "es" : noun.ends_with("y") ? "ies" : "s";
  std::string words = std::to_string(n) + " " + std::string(noun);
  if (n != 1 && noun.ends_with("y")) {
    words.pop_back();
  }
  return n == 1 ? words : words + plural;
}

std::string point(std::int32_t lat_e7, std::int32_t lon_e7) {
  return printed("%.5f, %.5f", lat_e7 / 1e7, lon_e7 / 1e7);
}

std::string_view word_of(SourceKind kind) {
  return found(kSources, kind, "report");
}
std::string_view word_of(IncidentState state) {
  return found(kStates, state, "in no known state");
}
std::string_view word_of(IncidentChange change) {
  return found(kChanges, change, "changed");
}
std::string_view meaning_of(IncidentState state) {
  return found(kMeanings, state, "Its state is not known.");
}
std::string_view fix_word_of(LocationMethod method) {
  return found(kFixes, method, "a place");
}
std::string key_between(std::string_view key) {
  const KeyRow* row = key_row(key);
  return row == nullptr ? "shares its " + std::string(key) + " with" : std::string(row->between);
}
std::string key_of_both(std::string_view key) {
  const KeyRow* row = key_row(key);
  return row == nullptr ? "share their " + std::string(key) : std::string(row->both);
}

}  // namespace fusiond::explain
