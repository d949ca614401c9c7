// What the confidence of an incident is made of: the section `confidence` of the association file.
// Milli-nats; a nat is a factor of 2.7 on the odds. design/0010 says where the defaults come from.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "daemon/model/incident.h"

namespace fusiond::fusion {

struct ConfidenceConfig {
  struct Entry {
    std::int64_t prior_mn = 0;  // ln odds that one report of this kind, alone, tells of something
    std::int64_t likelier_mn = 0;   // what each further independent witness of this kind adds
    std::int64_t own_slope_mn = 0;  // per 1.0 of the source's own confidence away from 0.5 ...
    std::int64_t own_bound_mn = 0;  // ... but never more than this, either way
    bool fits = false;              // counts that it nearly joined what a credible witness reported
    bool repeats = false;           // saying it again and again alone speaks against it
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::array<Entry, kWitnessKinds> witnesses = {{
      // In the order of WitnessKind.
      {-1000, 1000, 0, 0, false, true},         // unspecified
      {-5000, 1000, 8000, 3000, false, true},   // camera
      {4500, 3000, 0, 0, false, false},         // caller
      {-2000, 1500, 4000, 2000, false, true},   // alarm
      {1200, 2500, 2000, 1000, false, true},    // acoustic
      {-4000, 2000, 2000, 1000, false, false},  // plate
      {-3700, 2000, 9000, 3000, true, true},    // social
      {4000, 3000, 0, 0, false, false},         // public_alert
      {2000, 2000, 2000, 1000, false, false},   // traffic
      {1000, 2000, 0, 0, false, false},         // track
      {4500, 3000, 0, 0, false, false},         // operator
      {5000, 3000, 0, 0, false, false},         // unit
  }};
  std::map<std::string, std::int64_t> kinds_mn;  // kind of report → added to the prior
  std::uint32_t share_permille = 600;  // n witnesses of a kind count as n / (1 + (n - 1) share)
  std::int64_t fits_most_mn = 5000;    // nearly joining counts at most this
  std::uint32_t alone_after = 20;      // one witness that said it more often than this, alone ...
  std::int64_t alone_mn = 2000;        // ... speaks against it by this much
  std::int64_t retracted_mn = 2500;    // each witness that took its report back
  std::int64_t cancelled_mn = 1500;    // each witness whose report was called off
  std::int64_t limit_mn = 5300;        // never surer than this, either way: 995 in 1000
};

}  // namespace fusiond::fusion
