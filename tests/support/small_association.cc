#include "tests/support/small_association.h"

namespace fusiond::support {

fusion::AssociationConfig small_association() {
  using std::chrono::seconds;
  fusion::AssociationConfig config;
  config.version = "small-1";
  config.families = {"shots", "crash", "fire", "violence", "disorder"};
  config.family_prior_ppm = {50000, 150000, 50000, 250000, 500000};
  config.kinds = {
      {"unclassified", {10000, 150000, 40000, 200000, 600000}},
      {"gunshot", {940000, 10000, 10000, 15000, 25000}},
      {"shots_fired", {960000, 5000, 5000, 25000, 5000}},
      {"crash", {2000, 980000, 8000, 5000, 5000}},
      {"fire", {5000, 10000, 970000, 5000, 10000}},
      {"fight", {5000, 5000, 5000, 945000, 40000}},
      {"disturbance", {1000, 1000, 1000, 80000, 917000}},
      {"loud_noise", {500000, 20000, 20000, 60000, 400000}},
  };
  config.delay_mean = {{SourceKind::cad, seconds{170}},
                       {SourceKind::camera, seconds{20}},
                       {SourceKind::acoustic, seconds{10}},
                       {SourceKind::social, seconds{700}}};
  config.stand_off_m = {
      {SourceKind::camera, 30}, {SourceKind::acoustic, 40}, {SourceKind::social, 200}};
  config.caller_stand_off_m = {230, 45, 150, 45, 60};
  config.background_ln_mn = -22000;
  return config;
}

fusion::AssociationConfig full_association() {
  fusion::AssociationConfig config = small_association();
  config.version = "full-1";
  config.kind_share_ppm = {{"shots_fired", 1500}, {"crash", 60000},      {"fire", 12000},
                           {"fight", 30000},      {"disturbance", 5000}, {"gunshot", 9000}};
  config.like_permille = 70;
  config.alone_permille = {
      {SourceKind::camera, 700}, {SourceKind::social, 600}, {SourceKind::acoustic, 200}};
  config.alone_unit_permille = 500;
  config.caller_afar = {{400, 350}, {50, 300}, {0, 0}, {20, 0}, {999, 120}};
  return config;
}

fusion::AssociationConfig crowded_association() {
  fusion::AssociationConfig config = full_association();
  config.crowd_events = 4;
  config.crowd_anchors = 2;
  return config;
}

fusion::AssociationConfig short_lists() {
  fusion::AssociationConfig config = full_association();
  config.members_listed = 3;
  return config;
}

rules::PriorityTable small_priorities() {
  rules::PriorityTable table;
  table.version = "small-1";
  table.families = {{"shots", {"SHOOT", "Shots fired", 9}},
                    {"crash", {"MVA", "Vehicle collision", 6}},
                    {"fire", {"FUNK", "Fire", 8}},
                    {"violence", {"ASSAULT", "Violence", 8}},
                    {"disorder", {"DISORD", "Disturbance", 4}}};
  return table;
}

}  // namespace fusiond::support
