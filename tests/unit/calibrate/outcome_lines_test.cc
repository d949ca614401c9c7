#include "daemon/calibrate/outcome_lines.h"

#include <catch2/catch.hpp>

namespace fusiond::calibrate {
namespace {

// What each line says, or its error.
std::vector<std::string> read_all(const std::vector<std::string>& lines, const Codes& codes = {}) {
  OutcomeLines reader(codes);
  std::vector<std::string> said;
  for (const std::string& line : lines) {
    const auto read = reader.read(line);
    if (!read) {
      said.push_back("error: " + read.error().message);
    } else if (*read) {
      const Outcome& one = **read;
      said.push_back(one.id + " " + std::string(word_of(one.finding)) +
                     (one.at ? " " + to_rfc3339(micros_of(*one.at)) : ""));
    }
  }
  return said;
}

TEST_CASE("a file of CSV is read by its head, whatever the order of the columns", "[calibrate]") {
  CHECK(read_all({"\xEF\xBB\xBFTime,By,Outcome,Event_ID\r",
                  "2026-07-01T11:00:00-07:00,unit 7,Unfounded,call-1\r", "",
                  "1782907200000,,FOUNDED,call-2", ",,,call-3"}) ==
        std::vector<std::string>{"call-1 unfounded 2026-07-01T18:00:00Z",
                                 "call-2 founded 2026-07-01T12:00:00Z", "call-3 unknown"});
}

TEST_CASE("cells of CSV may hold commas and quotes", "[calibrate]") {
  CHECK(*csv_cells(R"( "a, b" ,"say ""no""",, c )") ==
        std::vector<std::string>{"a, b", "say \"no\"", "", "c"});
  CHECK_FALSE(csv_cells(R"(a,"b)"));
  CHECK_FALSE(csv_cells(R"("a"b,c)"));
}

TEST_CASE("lines of JSON say the same", "[calibrate]") {
  CHECK(
      read_all({R"({"incident_id":"i","outcome":"founded","time":1782907200000,"by":"x"})",
                R"({"cad_number":"pd/17","disposition":"unconfirmed","time":null,"more":[1]})"}) ==
      std::vector<std::string>{"i founded 2026-07-01T12:00:00Z", "pd/17 unconfirmed"});
}

TEST_CASE("a line that is wrong says how, and the next one is read", "[calibrate]") {
  const auto said = read_all({"id,outcome,time", "a,founded", "b,fine,", ",founded,",
                              "c,founded,2026-07-01 18:00", "d,\"founded,", "e,founded,"});
  REQUIRE(said.size() == 6);
  CHECK(said[0] == "error: the head has 3 columns, this line: 2");
  CHECK(said[1].ends_with("or a code of --codes, got: fine"));
  CHECK(said[2] == "error: id is missing");
  CHECK(said[3].find("a local time without its offset can mean two") != std::string::npos);
  CHECK(said[4].find("quotes that do not close") != std::string::npos);
  CHECK(said[5] == "e founded");
  const auto json = read_all({R"({"id":"a","outcome":"founded"})", R"({"id":"a","outcome":7})",
                              R"({"id":"a","event_id":"b","outcome":"founded"})", "[]", "{"});
  REQUIRE(json.size() == 5);
  CHECK(json[1] == "error: outcome must be a text, got: 7");
  CHECK(json[2] == "error: two fields mean id, the second: event_id");
  CHECK(json[3].starts_with("error: no JSON object"));
  CHECK(json[4].starts_with("error: no JSON object"));
}

TEST_CASE("a head without id or outcome stops the file: no line below it could be read",
          "[calibrate]") {
  const Codes codes;
  for (const char* head : {"a,b,c", "id,time", "id,event_id,outcome", "outcome,id,disposition"}) {
    OutcomeLines lines(codes);
    const auto read = lines.read(head);
    REQUIRE_FALSE(read);
    CHECK(read.error().fault == Fault::bad_config);
  }
}

TEST_CASE("a city's own codes mean what its file says", "[calibrate]") {
  Codes codes;
  CodeLines lines;
  for (const char* line : {"code,outcome", "RTF,founded", "unf , unfounded", "GOA,unconfirmed",
                           "DUP,duplicate", "founded,unconfirmed"}) {
    CHECK(lines.read(line, codes));
  }
  CHECK(read_all({"id,outcome", "a,rtf", "b,UNF", "c,GOA", "d,DUP", "e,founded", "f,NAT"}, codes) ==
        std::vector<std::string>{"a founded", "b unfounded", "c unconfirmed", "d duplicate",
                                 "e unconfirmed",
                                 "error: outcome must be founded, unfounded, unconfirmed, unknown, "
                                 "duplicate, or a code of --codes, got: NAT"});
  CHECK_FALSE(lines.read("RTF,unfounded", codes));
  CHECK_FALSE(lines.read("X,maybe", codes));
  CHECK_FALSE(lines.read(",founded", codes));
  CHECK_FALSE(lines.read("X", codes));
}

}  // namespace
}  // namespace fusiond::calibrate
