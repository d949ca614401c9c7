#include "daemon/wire/rules_wire.h"

#include <string>

#include <catch2/catch.hpp>

#include "daemon/wire/records.h"
#include "daemon/wire/state_wire.h"

using namespace fusiond;

namespace {

RulesActivation activation() {
  RulesActivation one;
  one.version = "2026-11-0123abcd";
  one.author = "Sgt. Rules";
  one.reason = "the radius was too wide";
  one.said = wall_time(1'700'000'000'000'000);
  one.files = {{"bundle.yaml", "schema: fusion-bundle/1\n"},
               {"zones.geojson", std::string("\0\xff", 2)}};
  one.digest = wire::digest_of_files(one.files);
  one.id = wire::activation_id_of(one);
  return one;
}

std::string refused(RulesActivation one) {
  const auto read = wire::decode_rules(wire::encode_rules(one));
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("an activation comes back as it was, with every byte of its files", "[wire][rules]") {
  const RulesActivation one = activation();
  CHECK(wire::decode_rules(wire::encode_rules(one)).value() == one);
  const auto record = wire::rules_record("t", 3, one);
  CHECK(record.partition == 3U);
  CHECK(wire::header_of(record.headers, "ce_type") == wire::kRulesType);
  CHECK(wire::decode_rules(*record.value).value() == one);
}

TEST_CASE("many bytes of files are packed, and come back as they were", "[wire][rules]") {
  RulesActivation one = activation();
  for (int i = 0; i < 20'000; ++i) {
    one.files["zones.geojson"] +=
        "{\"type\": \"Feature\", \"number\": " + std::to_string(i) + "}\n";
  }
  one.digest = wire::digest_of_files(one.files);
  const std::string bytes = wire::encode_rules(one);
  CHECK(bytes.size() < one.files["zones.geojson"].size() / 5);
  CHECK(wire::decode_rules(bytes).value() == one);
  CHECK(wire::decode_rules_row(wire::encode_rules_row(one)).value() == one);
  // Cut or changed anywhere, it is refused and nothing else happens.
  for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 50) {
    CHECK_FALSE(wire::decode_rules(bytes.substr(0, at)).has_value());
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x55);
    const auto read = wire::decode_rules(other);
    CHECK((!read.has_value() || read->files == one.files));
  }
}

TEST_CASE("an activation that lacks something says what", "[wire][rules]") {
  RulesActivation one = activation();
  one.author = " ";
  CHECK(refused(one) == "author is missing");
  one = activation();
  one.reason = "two\nlines";
  CHECK(refused(one) == "reason must be one line without control characters");
  one = activation();
  one.said = WallTime{};
  CHECK(refused(one) == "said_us is missing");
  one = activation();
  one.files.clear();
  CHECK(refused(one) == "files are missing");
  one = activation();
  one.files.at("bundle.yaml") += " ";
  CHECK(refused(one) == "digest is not that of the files");
  one = activation();
  one.files.emplace("../x.yaml", "");
  one.digest = wire::digest_of_files(one.files);
  CHECK(refused(one) == "files.name is no name of a file");
  one = activation();
  one.id = ActivationId{"x"};
  CHECK(refused(one) == "activation_id is not a UUID");
}

TEST_CASE("names and sizes belong to the digest of files", "[wire][rules]") {
  CHECK(wire::digest_of_files({{"a", "bc"}}) != wire::digest_of_files({{"ab", "c"}}));
  CHECK(wire::digest_of_files({{"a", "x"}, {"b", ""}}) !=
        wire::digest_of_files({{"a", ""}, {"b", "x"}}));
}

TEST_CASE("the identity of an activation is a UUID of who, when and what", "[wire][rules]") {
  RulesActivation one = activation();
  const ActivationId id = one.id;
  CHECK(uuid_from(id.str()));
  CHECK(id.str()[14] == '8');
  one.reason = "another";
  CHECK(wire::activation_id_of(one) == id);
  one.said += Micros{1};
  CHECK(wire::activation_id_of(one) != id);
}

TEST_CASE("the row of the rules that hold is told from events and words", "[wire][rules]") {
  const std::string row = wire::encode_rules_row(activation());
  CHECK(wire::is_rules_row(row));
  CHECK_FALSE(wire::is_word_row(row));
  CHECK(wire::decode_rules_row(row).value() == activation());
  CHECK_FALSE(wire::is_rules_row(wire::encode_word_row(Word{})));
  CHECK(wire::decode_rules_row(row.substr(0, row.size() - 1)).error().fault == Fault::corrupt);
}

TEST_CASE("an outcome comes back as it was, its files may be left out", "[wire][rules]") {
  RulesOutcome outcome{activation(), 2, 77, true, "", "before", 5};
  outcome.activation.files.clear();
  const auto record = wire::rules_outcome_record("t", outcome);
  CHECK(wire::decode_rules_outcome(*record.value).value() == outcome);
  outcome.taken = false;
  CHECK_FALSE(wire::decode_rules_outcome(wire::encode_rules_outcome(outcome)));
  outcome.refused = "why";
  CHECK(wire::decode_rules_outcome(wire::encode_rules_outcome(outcome)).value() == outcome);
}
