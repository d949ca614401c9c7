// Recomputes every incident of a log that `fusiond fuse --log-content` wrote from its record alone.
//   recompute_check LOG [TYPES]      TYPES: the table of types that lay over the shipped
//   association
// Prints what was recomputed; 1 when a record says something else than what follows from it.
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "daemon/app/fuse.h"
#include "daemon/app/history.h"
#include "daemon/config/load.h"
#include "tests/support/recompute.h"

namespace fusiond {
namespace {

int failed(const std::string& message) {
  std::fprintf(stderr, "recompute_check: %s\n", message.c_str());
  return 2;
}

int run(const std::string& log, const std::string& types) {
  config::Faults faults;
  const auto association = app::association_of("", types, faults);
  const auto rules = config::load_rules("", faults);
  if (!association || !faults.empty()) {
    return failed(association ? faults.front().text() : association.error().message);
  }
  support::Recomputed all;
  std::size_t records = 0;
  std::string fault;
  const auto read = app::each_record({log, "", {}}, [&](const app::KeptRecord& record) {
    const auto revision = record.read();
    if (!revision || revision->versions.association != association->version) {
      fault = revision ? "made with other constants: " + revision->versions.association
                       : revision.error().message;
      return;
    }
    const auto one = support::recompute(revision->content, *association, rules);
    ++records;
    all.scores += one.scores;
    all.links += one.links;
    all.runners_up += one.runners_up;
    all.left_out += one.left_out;
    for (const std::string& text : one.faults) {
      all.faults.push_back(record.place + ": " + text);
    }
  });
  if (!read || !fault.empty()) {
    return failed(read ? fault : read.error().message);
  }
  for (std::size_t i = 0; i < all.faults.size() && i < 20; ++i) {
    std::printf("%s\n", all.faults[i].c_str());
  }
  std::printf("%zu records, %zu scores, %zu runners-up, %zu links, %zu left out: %zu faults\n",
              records, all.scores, all.runners_up, all.links, all.left_out, all.faults.size());
  return all.faults.empty() && records > 0 ? 0 : 1;
}

}  // namespace
}  // namespace fusiond

int main(int argc, char** argv) {
  return argc < 2 || argc > 3 ? fusiond::failed("usage: recompute_check LOG [TYPES]")
                              : fusiond::run(argv[1], argc == 3 ? argv[2] : "");
}
