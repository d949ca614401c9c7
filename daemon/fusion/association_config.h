// Every constant of the association score, under a version that is written into each incident.
// design/0005.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/fusion/confidence_config.h"
#include "daemon/fusion/maybe_config.h"
#include "daemon/model/event.h"

namespace fusiond::fusion {

struct AssociationConfig {
  std::string version = "default";
  std::vector<std::string> families;  // order of every table below; at most 16
  std::map<std::string, std::vector<std::uint32_t>>
      kinds;  // kind → P(family | kind), parts per million, one per family
  std::vector<std::uint32_t> family_prior_ppm;  // P(family)
  std::map<std::string, std::uint32_t>
      kind_share_ppm;  // kind → its share among all reports; a kind without one has no like term
  std::uint32_t like_permille = 0;      // of two reports of one matter, the share that are told of
                                        // in one kind beyond what their family explains
  std::uint32_t like_least_ppm = 5000;  // a kind counts as no rarer than this
  std::map<SourceKind, std::uint32_t>
      alone_permille;  // of what a source is the first to report, the share nobody else tells of
  std::uint32_t alone_unit_permille = 0;    // the same of calls placed by a unit on scene
  std::map<SourceKind, Micros> delay_mean;  // tau: how long after the incident a source tells of it
  std::map<SourceKind, std::uint32_t>
      stand_off_m;                         // sigma of where a device's report is versus the scene
  std::uint32_t default_stand_off_m = 50;  // a source kind without a row above
  std::vector<std::uint32_t> caller_stand_off_m;  // the same for callers, by family
  struct Afar {  // of callers who tell of it, so many permille are this much further off (sigma)
    std::uint32_t permille = 0;
    std::uint32_t metres = 0;
    friend bool operator==(const Afar&, const Afar&) = default;
  };
  std::vector<Afar> caller_afar;     // by family; empty: nobody is
  std::uint32_t heard_ppm = 200000;  // a kind is told of from as far as any family this likely is
  std::uint32_t afar_m = 100;        // told of from nearer, an address that was typed is the
                                     // scene's: only this share of the stand-off counts
  std::uint32_t address_stand_off_percent = 20;
  std::uint32_t reach_m = 400;                // rho
  Micros window = std::chrono::seconds{900};  // T
  std::uint32_t spread_tenths = 138;          // d^2 <= 13.8 v
  std::int64_t theta_mn = 4000;
  std::int64_t case_margin_mn = 2000;  // a case link by evidence needs theta + this
  std::uint32_t case_reach_m = 1500;
  Micros case_window = std::chrono::hours{2};
  std::uint32_t floor_m = 5;  // added to the spread of an episode's estimate
  std::uint32_t background_reach_m = 500;
  std::int64_t background_ln_mn = -27600;     // ln lambda0, per m^2 and s
  std::uint32_t background_permille = 400;    // of the reports near by, the share that adds to it
  Micros recent = std::chrono::seconds{300};  // how long a report makes further ones likelier
  std::uint32_t recent_permille = 1000;       // the weight of that term; 0 leaves it out
  std::uint32_t crowd_events = 1000;   // an event looks at so many earlier ones, the latest ...
  std::uint32_t crowd_anchors = 200;   // ... and is scored against so many of their episodes
  std::uint32_t members_listed = 256;  // of an incident, and of its links: the first and last half
  Micros skew = std::chrono::seconds{30};
  Micros complete_after = std::chrono::minutes{30};  // beyond T: the incident is closed
  std::uint32_t related_reach_m = 3000;
  Micros related_window = std::chrono::minutes{10};
  std::uint32_t place_trust = 4;  // stated errors are believed like this many measurements of them
  struct KeyWeights {
    std::int64_t cad_mn = 20000;
    std::int64_t plate_mn = 8000;
    std::int64_t duplicate_of_mn = 5000;
    std::int64_t caller_mn = 4000;
    std::int64_t device_mn = 3000;
    Micros device_window = std::chrono::seconds{120};
    Micros case_window = std::chrono::minutes{
        30};  // a case link by CAD number, duplicate-of or plate: at most this apart in time ...
    std::uint32_t case_reach_m = 1000;      // ... and in place this far ...
    std::uint32_t case_speed_m_per_s = 45;  // ... plus this much per second between the two
  } keys;
  ConfidenceConfig confidence;
  MaybeConfig maybe;
};

}  // namespace fusiond::fusion
