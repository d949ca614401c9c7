#include "daemon/ingest/file_transport.h"

#include <algorithm>
#include <utility>

#include "daemon/base/log.h"
#include "daemon/base/sha256.h"
#include "daemon/ingest/reasons.h"
#include "daemon/ingest/recorded.h"

namespace fusiond::ingest {
namespace {

constexpr std::size_t kLinesAtOnce = 256;
constexpr std::chrono::milliseconds kPaceStep{20};
constexpr std::chrono::milliseconds kPluginDownWait{1000};

std::uint64_t largest_line(const SourceLine& line) {
  return line.context().rules->config.max_delivery_bytes;
}

}  // namespace

std::string file_stem_of(const std::string& source_name) {
  std::string stem;
  for (const char c : source_name) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    stem.push_back(kept ? c : '_');
  }
  return stem + "-" + hex_of(sha256(source_name)).substr(0, 8);
}

FileTransport::FileTransport(SourceLine& line, std::string position_path)
    : line_(line),
      config_(line.config().transport.file),
      position_path_(std::move(position_path)),
      reader_(config_.path, largest_line(line),
              line.context().rules->config.dead_letter_max_bytes) {}

void FileTransport::start() {
  task_.start("file-source", [this](const Stop& stop) { run(stop); });
}

void FileTransport::stop() {
  task_.stop();
}

void FileTransport::note(const std::string& what) {
  line_
      .counter("fusiond_file_remarks_total", "What befell a file that is read, by what",
               {{"what", what}})
      .add();
}

void FileTransport::run(const Stop& stop) {
  auto stored = load_position(position_path_);
  if (stored && *stored) {
    position_ = *stored;
    last_stamp_ = wall_time(position_->stamp_us);
    line_.clock().advance(last_stamp_);
  } else if (!stored) {
    log_error("a file position cannot be read; the file is read from its begin",
              {{"source", line_.config().name}, {"why", stored.error().message}});
    note("position_lost");
  }
  while (!stop.asked()) {
    if (!reader_.is_open() && !open(stop)) {
      continue;
    }
    const Next next = step(stop);
    if (next == Next::finished) {
      line_.condition().say(Condition::Part::transport, SourceState::finished,
                            "the file is at its end: " + config_.path);
      return;
    }
    if (next == Next::wait) {
      stop.wait(std::chrono::milliseconds(config_.check_every_ms));
    }
  }
}

bool FileTransport::open(const Stop& stop) {
  if (auto opened = reader_.open(position_); !opened) {
    line_.condition().say(Condition::Part::transport, SourceState::down, opened.error().message);
    stop.wait(std::chrono::milliseconds(config_.check_every_ms));
    return false;
  }
  if (position_ && !reader_.resumed()) {
    log_warn("the file is not the one that was read before; it is read from its begin",
             {{"source", line_.config().name}, {"path", config_.path}});
    note("replaced");
  }
  line_.condition().say(Condition::Part::transport, SourceState::up);
  return true;
}

FileTransport::Next FileTransport::step(const Stop& stop) {
  auto lines = reader_.read(kLinesAtOnce);
  if (!lines) {
    line_.condition().say(Condition::Part::transport, SourceState::degraded, lines.error().message);
    return Next::wait;
  }
  if (lines->empty()) {
    return at_end(stop);
  }
  if (!hand_on(std::move(*lines), stop)) {
    reader_.close();  // to be read again from the last saved position
  }
  return Next::more;
}

// A torn last line waits for its line feed as long as one may come.
FileTransport::Next FileTransport::at_end(const Stop& stop) {
  const LineReader::Fate fate = reader_.fate();
  if (config_.follow && fate == LineReader::Fate::same) {
    return Next::wait;
  }
  if (config_.follow && fate == LineReader::Fate::rotated) {
    // What was written between the last read and the change of name.
    auto rest = reader_.read(kLinesAtOnce);
    if (rest && !rest->empty()) {
      if (!hand_on(std::move(*rest), stop)) {
        reader_.close();
      }
      return Next::more;
    }
  }
  if (fate != LineReader::Fate::truncated) {
    if (auto torn = reader_.take_torn()) {
      note("torn");
      std::vector<Line> last;
      last.push_back(std::move(*torn));
      if (!hand_on(std::move(last), stop)) {
        reader_.close();
        return Next::more;
      }
    }
  }
  if (!config_.follow) {
    return Next::finished;
  }
  note(fate == LineReader::Fate::rotated ? "rotated" : "truncated");
  reader_.close();
  position_.reset();
  return Next::more;
}

Delivery FileTransport::recorded_delivery_of(Line& line) {
  Delivery delivery;
  auto recorded = read_recorded(line.text);
  if (recorded) {
    delivery.received = recorded->received;
    delivery.body = std::move(recorded->body);
    delivery.content_type = std::move(recorded->content_type);
    return delivery;
  }
  const bool utf8 = recorded.error().message.starts_with("invalid UTF-8");
  delivery.reason = utf8 ? reason::kInvalidUtf8 : reason::kBadRecord;
  delivery.detail = recorded.error().message;
  delivery.body = std::move(line.text);
  return delivery;
}

Delivery FileTransport::delivery_of(Line& line) {
  Delivery delivery;
  if (line.full_size != 0) {
    delivery.reason = reason::kTooLarge;
    delivery.detail = "a line may have " + std::to_string(largest_line(line_)) +
                      " bytes, got: " + std::to_string(line.full_size);
    delivery.full_size_bytes = line.full_size;
    delivery.full_sha256 = line.full_sha256;
    delivery.body = std::move(line.text);
  } else if (config_.format == FileFormat::recorded) {
    delivery = recorded_delivery_of(line);
  } else {
    delivery.body = std::move(line.text);
  }
  const auto slash = config_.path.find_last_of('/');
  delivery.position = config_.path.substr(slash == std::string::npos ? 0 : slash + 1) + ":" +
                      std::to_string(line.number) + "@" + std::to_string(line.begin);
  return delivery;
}

// Recorded and paced: waits for the clock to show `stamp`; the time before it is promised
// meanwhile.
bool FileTransport::wait_until_due(WallTime stamp, const Stop& stop) {
  while (line_.context().clock.now() < stamp) {
    line_.clock().advance(std::min(line_.context().clock.now(), stamp));
    if (stop.wait(kPaceStep)) {
      return false;
    }
  }
  return true;
}

// Of a recorded line that says no time the stamp of the line before it counts, so that a replay
// says the same.
void FileTransport::stamp(Delivery& delivery) {
  if (config_.format == FileFormat::lines) {
    delivery.received = line_.clock().stamp();
    return;
  }
  if (delivery.received == WallTime{}) {
    delivery.received = last_stamp_;
  }
  if (!line_.clock().open(delivery.received)) {
    note("stamp_backwards");
  }
  last_stamp_ = std::max(last_stamp_, delivery.received);
}

bool FileTransport::hand_on(std::vector<Line> lines, const Stop& stop) {
  std::vector<Delivery> deliveries;
  std::vector<Line> handed;
  for (Line& line : lines) {
    if (line.text.empty() && line.full_size == 0) {
      continue;
    }
    Delivery delivery = delivery_of(line);
    if (config_.paced && line_.context().clock.now() < delivery.received) {
      if (!deliver(std::exchange(deliveries, {}), std::exchange(handed, {}), stop) ||
          !wait_until_due(delivery.received, stop)) {
        return false;
      }
    }
    stamp(delivery);
    deliveries.push_back(std::move(delivery));
    handed.push_back(std::move(line));
  }
  return deliver(std::move(deliveries), handed, stop);
}

bool FileTransport::deliver(std::vector<Delivery> deliveries, const std::vector<Line>& lines,
                            const Stop& stop) {
  if (deliveries.empty()) {
    return true;
  }
  const Batch batch = batch_of(std::move(deliveries));
  const auto dealt = line_.accept(batch, stop);
  const std::size_t done = dealt.value_or(0);
  for (std::size_t i = done; i < batch->size(); ++i) {
    line_.clock().close((*batch)[i].received);
  }
  if (done > 0) {
    position_ = reader_.position_at(lines[done - 1].end, lines[done - 1].number);
    position_->stamp_us =
        config_.format == FileFormat::recorded ? micros_of((*batch)[done - 1].received) : 0;
    if (auto saved = save_position(position_path_, *position_); !saved) {
      log_error("a file position cannot be saved; after a restart lines are read again",
                {{"source", line_.config().name}, {"why", saved.error().message}});
      note("position_not_saved");
    }
  }
  if (!dealt) {
    stop.wait(kPluginDownWait);
  }
  return done == batch->size();
}

}  // namespace fusiond::ingest
