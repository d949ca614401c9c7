// What an incident of each family is called and how urgent it is: the small table that stands in
// until the rule language comes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace fusiond::rules {

struct FamilyEntry {
  std::string type;           // EIDO / APCO common type, "SHOOT"
  std::string title;          // "Shots fired"
  std::uint8_t priority = 5;  // 0 to 10, 10 highest
};

struct PriorityTable {
  std::string version = "default";
  std::map<std::string, FamilyEntry> families;                  // by family name
  FamilyEntry unclassified{"OTHER", "Unclassified report", 3};  // a family without a row
};

}  // namespace fusiond::rules
