#include "daemon/fuse/types_table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <simdjson.h>
#include <string>
#include <utility>

#include "daemon/base/sha256.h"
#include "daemon/fuse/source_words.h"

namespace fusiond::fuse {
namespace {

using fusion::AssociationConfig;
using simdjson::dom::element;

constexpr std::size_t kHashDigits = 8;

std::unexpected<Error> bad_table(const std::string& what) {
  return fail(Fault::bad_config, "table of types: " + what);
}

std::optional<std::size_t> family_index(const AssociationConfig& config, std::string_view name) {
  const auto at = std::find(config.families.begin(), config.families.end(), name);
  if (at == config.families.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(at - config.families.begin());
}

// Calls `read` for each (key, number) of the object `key`, if there is one.
template <class Read>
Result<void> each_number(element top, const char* key, double high, Read read) {
  simdjson::dom::object object;
  if (top[key].get(object) != simdjson::SUCCESS) {
    return {};
  }
  for (const auto row : object) {
    double number = 0;
    if (row.value.get(number) != simdjson::SUCCESS || !(number >= 0 && number <= high)) {
      return bad_table(std::string(key) + "." + std::string(row.key) +
                       " must be a number from 0 to " +
                       std::to_string(static_cast<std::int64_t>(high)) +
                       ", got: " + std::string(simdjson::minify(row.value)));
    }
    if (auto good = read(row.key, number); !good) {
      return good;
    }
  }
  return {};
}

Result<void> read_row(std::string_view kind, element row, AssociationConfig& config) {
  std::vector<std::uint32_t> ppm(config.families.size(), 0);
  simdjson::dom::object object;
  if (row.get(object) != simdjson::SUCCESS) {
    return bad_table("p_family_given_type." + std::string(kind) + " must be an object");
  }
  for (const auto share : object) {
    const auto index = family_index(config, share.key);
    double p = 0;
    if (!index || share.value.get(p) != simdjson::SUCCESS || !(p >= 0 && p <= 1)) {
      return bad_table("p_family_given_type." + std::string(kind) + "." + std::string(share.key) +
                       " must be a family of the association and a number from 0 to 1, got: " +
                       std::string(simdjson::minify(share.value)));
    }
    ppm[*index] = static_cast<std::uint32_t>(p * 1e6 + 0.5);
  }
  config.kinds[std::string(kind)] = std::move(ppm);
  return {};
}

Result<void> read_rows(element top, AssociationConfig& config) {
  simdjson::dom::object rows;
  if (top["p_family_given_type"].get(rows) != simdjson::SUCCESS) {
    return {};
  }
  for (const auto row : rows) {
    if (auto good = read_row(row.key, row.value, config); !good) {
      return good;
    }
  }
  return {};
}

// Words that are no source of ours are passed over.
Result<void> read_sources(element top, AssociationConfig& config) {
  constexpr double kDay = 86'400;
  constexpr double kFar = 10'000;
  const auto read_delay = [&](std::string_view word, double seconds) -> Result<void> {
    if (const SourceKind kind = source_kind_of_word(word); kind != SourceKind::unspecified) {
      config.delay_mean[kind] = Micros{static_cast<std::int64_t>(seconds * 1e6 + 0.5)};
    }
    return {};
  };
  // A unit on scene (avl) calls through the CAD; callers have a table of their own.
  const auto read_stand_off = [&](std::string_view word, double metres) -> Result<void> {
    const auto whole = static_cast<std::uint32_t>(metres + 0.5);
    const SourceKind kind = word == "avl" ? SourceKind::cad : source_kind_of_word(word);
    if (word == "device") {
      config.default_stand_off_m = whole;
    } else if (kind != SourceKind::unspecified) {
      config.stand_off_m[kind] = whole;
    }
    return {};
  };
  if (auto good = each_number(top, "delay_mean_s", kDay, read_delay); !good) {
    return good;
  }
  return each_number(top, "standoff_m", kFar, read_stand_off);
}

// The table knows one scale; where there are two, both stretch alike.
void set_caller_stand_off(double metres, std::size_t family, AssociationConfig& config) {
  const auto whole = [](double value) { return static_cast<std::uint32_t>(value + 0.5); };
  const double near = config.caller_stand_off_m[family];
  const auto far =
      config.caller_afar.empty() ? AssociationConfig::Afar{} : config.caller_afar[family];
  const double far_m2 = far.permille * 1e-3 * far.metres * far.metres;
  const double one = std::sqrt(near * near + far_m2);
  const bool two = far_m2 > 0 && one > 0;
  config.caller_stand_off_m[family] = whole(two ? metres * near / one : metres);
  if (two) {
    config.caller_afar[family].metres = whole(metres * far.metres / one);
  }
}

Result<void> read_callers(element top, AssociationConfig& config) {
  constexpr double kFar = 10'000;
  return each_number(
      top, "caller_standoff_m", kFar, [&](std::string_view family, double metres) -> Result<void> {
        const auto index = family_index(config, family);
        if (!index) {
          return bad_table("caller_standoff_m: no such family: " + std::string(family));
        }
        set_caller_stand_off(metres, *index, config);
        return {};
      });
}

}  // namespace

Result<AssociationConfig> with_types(AssociationConfig config, std::string_view json) {
  simdjson::dom::parser parser;
  element top;
  const simdjson::padded_string padded(json);
  if (const auto code = parser.parse(padded).get(top); code != simdjson::SUCCESS) {
    return bad_table(std::string("no JSON: ") + simdjson::error_message(code));
  }
  if (!top.is_object()) {
    return bad_table("must be a JSON object");
  }
  for (const auto read : {read_rows, read_sources, read_callers}) {
    if (auto good = read(top, config); !good) {
      return fail(good.error());
    }
  }
  config.version += "+types." + hex_of(sha256(json)).substr(0, kHashDigits);
  return config;
}

}  // namespace fusiond::fuse
