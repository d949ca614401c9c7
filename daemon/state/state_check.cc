#include "daemon/state/state_check.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "daemon/state/key_layout.h"
#include "daemon/state/rocks_database.h"
#include "daemon/state/step_frame.h"
#include "daemon/wire/incident_wire.h"
#include "daemon/wire/rules_wire.h"
#include "daemon/wire/state_wire.h"
#include "daemon/wire/told_wire.h"

namespace fusiond::state {
namespace {

using ports::Row;
using ports::RowKind;

struct UuidHash {
  std::size_t operator()(const Uuid& id) const { return id.low ^ id.high; }
};

class Check {
 public:
  explicit Check(StateReport& report) : report_(report) {}

  void problem(std::string where, std::string what) {
    ++report_.problem_count;
    if (report_.problems.size() < StateReport::kMostProblems) {
      report_.problems.push_back({std::move(where), std::move(what)});
    }
  }

  // Of the steps in order; those that do not count any more only have to be whole.
  void step(std::uint64_t step, std::string_view bytes, bool counts) {
    const std::string where = "step " + std::to_string(step);
    ++report_.steps;
    report_.bytes += bytes.size();
    if (expected_ && step != *expected_ && counts) {
      problem("step " + std::to_string(*expected_), "it is missing");
    }
    expected_ = step + 1;
    const auto frame = decode_frame(bytes);
    if (!frame) {
      problem(where, frame.error().message);
      number_.reset();
      return;
    }
    numbers(where, step, *frame);
    if (counts) {
      meta(where, *frame);
      rows(where, *frame);
    }
  }

  void finish() {
    report_.events = events_.size();
    report_.incidents = incidents_.size();
  }

 private:
  void numbers(const std::string& where, std::uint64_t step, const Frame& frame) {
    const FrameNumbers& is = frame.numbers;
    if (is.sequence != step) {
      problem(where, "step " + std::to_string(is.sequence) + " stands there");
    }
    if (number_ && is.first_number != *number_) {
      problem(where, "its items begin with number " + std::to_string(is.first_number) +
                         ", those before it end with " + std::to_string(*number_));
    }
    if (is.published > is.first_number) {
      problem(where, "it says that items are published which were not there yet");
    }
    if (is.first_step > step || is.first_step < first_step_) {
      problem(where, "it says that steps count from " + std::to_string(is.first_step) + " on");
    }
    first_step_ = is.first_step;
    number_ = is.first_number + frame.item_count;
  }

  void meta(const std::string& where, const Frame& frame) {
    const auto meta = wire::decode_shard_meta(frame.meta);
    if (!meta) {
      problem(where, meta.error().message);
      return;
    }
    if (meta->next_offset < report_.next_offset || meta->epoch < report_.epoch) {
      problem(where, "its offset or epoch is below that of the step before");
    }
    report_.next_offset = meta->next_offset;
    report_.epoch = meta->epoch;
  }

  void rows(const std::string& where, const Frame& frame) {
    for (const auto* rows : {&frame.carried, &frame.rows}) {
      for (const Row& row : *rows) {
        one_row(where + ", row " + text_of(row.id), row, frame.bytes_of(row));
      }
    }
    for (const Row& item : frame.items) {
      if (item.kind == RowKind::record) {
        const auto record = wire::decode_out_record(frame.bytes_of(item));
        expect(record, where + ", item " + std::to_string(item.item));
      } else {
        const auto incident = wire::decode_incident(frame.bytes_of(item));
        expect(incident, where + ", item " + std::to_string(item.item));
      }
    }
  }

  void one_row(const std::string& where, const Row& row, std::string_view bytes) {
    switch (row.kind) {
      case RowKind::event:
        event(where, row, bytes);
        break;
      case RowKind::told:
        told(where, row, wire::decode_told(bytes));
        break;
      case RowKind::revision:  // of the format before
        if (const auto incident = wire::decode_incident(bytes); expect(incident, where)) {
          told(where, row, wire::told_of(*incident));
        }
        break;
      case RowKind::event_gone:
        events_.erase(row.id);
        break;
      case RowKind::incident_gone:
        incidents_.erase(row.id);
        break;
      case RowKind::record:
        problem(where, "a record is no row");
        break;
    }
  }

  void event(const std::string& where, const Row& row, std::string_view bytes) {
    std::string id;
    if (wire::is_word_row(bytes)) {
      const auto word = wire::decode_word_row(bytes);
      if (!expect(word, where)) {
        return;
      }
      id = word->id.str();
    } else if (wire::is_rules_row(bytes)) {
      if (!expect(wire::decode_rules_row(bytes), where)) {
        return;
      }
      id = text_of(wire::kRulesRow);
    } else {
      const auto state = wire::decode_event_state(bytes);
      if (!expect(state, where)) {
        return;
      }
      id = state->id().str();
    }
    if (id != text_of(row.id)) {
      problem(where, "it holds the event " + id);
    }
    events_.insert(row.id);
  }

  void told(const std::string& where, const Row& row, const Result<ToldIncident>& told) {
    if (!expect(told, where)) {
      return;
    }
    if (told->id.str() != text_of(row.id)) {
      problem(where, "it holds the incident " + told->id.str());
    }
    if (told->epoch > report_.epoch) {
      problem(where,
              "it was told under an epoch that has not been: " + std::to_string(told->epoch));
    }
    incidents_.insert(row.id);
  }

  template <class T>
  bool expect(const Result<T>& value, const std::string& where) {
    if (!value) {
      problem(where, value.error().message);
    }
    return value.has_value();
  }

  StateReport& report_;
  std::optional<std::uint64_t> expected_;  // the step that comes next
  std::optional<std::uint64_t> number_;    // and its first item
  std::uint64_t first_step_ = 0;
  std::unordered_set<Uuid, UuidHash> events_;
  std::unordered_set<Uuid, UuidHash> incidents_;
};

// A folder opened for reading only; what stands in the log of writes is seen too.
struct Opened {
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    for (auto* family : families) {
      (void)database->DestroyColumnFamilyHandle(family);
    }
  }
};

rocksdb::Status open(const std::string& dir, rocksdb::Env* env, Opened& opened) {
  rocksdb::DBOptions options;
  options.paranoid_checks = true;
  options.max_open_files = 256;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  if (env != nullptr) {
    options.env = env;
  }
  const std::vector<rocksdb::ColumnFamilyDescriptor> families{
      {rocksdb::kDefaultColumnFamilyName, {}}, {"steps", {}}};
  rocksdb::DB* raw = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, dir, families, &opened.families, &raw);
  opened.database.reset(raw);
  return status;
}

std::string named(std::string_view file, const std::string& dir) {
  return dir + "/" + std::string(file);
}

void check_steps(const Opened& opened, const std::string& dir, Check& check, StateReport& report) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(
      opened.database->NewIterator(options, opened.families[kSteps]));
  rows->SeekToLast();
  if (rows->Valid()) {
    report.last_step = sequence_from(rows->key().ToStringView()).value_or(0);
    const auto last = decode_frame(rows->value().ToStringView());
    report.first_step = last ? last->numbers.first_step : 0;
  }
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const auto step = sequence_from(rows->key().ToStringView());
    if (!step) {
      check.problem(dir, "a key that is no step");
      continue;
    }
    check.step(*step, rows->value().ToStringView(), *step >= report.first_step);
  }
  if (!rows->status().ok()) {
    check.problem(dir, rows->status().ToString());
  }
}

void check_format(const Opened& opened, const std::string& dir, Check& check, StateReport& report) {
  std::string text;
  const auto status = opened.database->Get({}, opened.families[kDefault], kFormatKey, &text);
  report.format = digits_from(text).value_or(0);
  if (!status.ok() || (report.format != kStateFormat && report.format != kStateFormatBefore)) {
    check.problem(dir, status.ok() ? "it is of format " + text + ", this fusiond reads " +
                                         std::to_string(kStateFormatBefore) + " and " +
                                         std::to_string(kStateFormat)
                                   : "its format cannot be read: " + status.ToString());
  }
}

}  // namespace

Result<StateReport> check_state(const std::string& dir, rocksdb::Env* env) {
  std::error_code failed;
  if (!std::filesystem::exists(named("CURRENT", dir), failed)) {
    return fail(Fault::unavailable, "there is no state in the folder: " + dir);
  }
  StateReport report;
  Check check(report);
  Opened opened;
  const auto status = open(dir, env, opened);
  if (!status.ok()) {
    if (status.IsIOError() && !status.IsPathNotFound()) {
      return fail(Fault::unavailable, "reading " + dir + ": " + status.ToString());
    }
    check.problem(dir, status.ToString());
    return report;
  }
  check_format(opened, dir, check, report);
  // Of all blocks, also those that no step counts in any more.
  if (const auto sums = opened.database->VerifyChecksum(); !sums.ok()) {
    check.problem(dir, sums.ToString());
  }
  check_steps(opened, dir, check, report);
  check.finish();
  return report;
}

}  // namespace fusiond::state
