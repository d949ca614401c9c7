// The named reasons why a delivery or a part of one does not become an event, and the flags of
// events that were admitted with a remark. README.md is the table for people. A plugin may name
// reasons of its own; beyond a bounded set they are counted as "other".
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace fusiond::ingest {

namespace reason {
inline constexpr std::string_view kTooLarge = "too_large";  // delivery or event beyond its limit
inline constexpr std::string_view kPluginHung = "plugin_hung";      // parse took too long
inline constexpr std::string_view kPluginFailed = "plugin_failed";  // parse threw
inline constexpr std::string_view kPageBroken = "page_broken";      // a poll's answer broke off
inline constexpr std::string_view kBadRecord = "bad_record";  // a recorded file's line is none
inline constexpr std::string_view kInvalidUtf8 = "invalid_utf8";
inline constexpr std::string_view kBadEvent =
    "bad_event";  // the plugin's bytes are no event, or a field is impossible
inline constexpr std::string_view kNoId = "no_id";
inline constexpr std::string_view kBadTime =
    "bad_time";  // a dead letter's only: the event was admitted at its receipt
inline constexpr std::string_view kBadPlace = "bad_place";
inline constexpr std::string_view kUnknownKind =
    "unknown_kind";                                  // a dead letter's only: the event was admitted
inline constexpr std::string_view kEmpty = "empty";  // skipped: a delivery without any part
inline constexpr std::string_view kRefusedByBus = "refused_by_bus";
inline constexpr std::string_view kOther = "other";
}  // namespace reason

namespace flag {
inline constexpr std::string_view kNoTime = "no_time";
inline constexpr std::string_view kTimeClamped = "time_clamped";
inline constexpr std::string_view kTimeDropped = "time_dropped";
inline constexpr std::string_view kTimeUnbelievable = "time_unbelievable";
inline constexpr std::string_view kClockCorrected = "clock_corrected";
inline constexpr std::string_view kNoPlace = "no_place";
inline constexpr std::string_view kZeroPlace = "zero_place";
inline constexpr std::string_view kUnknownDevice = "unknown_device";
inline constexpr std::string_view kUnknownKind = "unknown_kind";
inline constexpr std::string_view kBadRadius = "bad_radius";
inline constexpr std::string_view kBadConfidence = "bad_confidence";
inline constexpr std::string_view kBadPriority = "bad_priority";
}  // namespace flag

// Fit for a metric's label: snake_case, at most 48 letters.
bool is_label(std::string_view name);
// One of the flags above, which a plugin may not set.
bool is_intake_flag(std::string_view name);

// Keeps metric labels few: the first 64 that are fit; every other name is "other".
class ReasonBook {
 public:
  static constexpr std::size_t kMost = 64;
  std::string label_of(std::string_view name);

 private:
  std::set<std::string, std::less<>> known_;
};

}  // namespace fusiond::ingest
