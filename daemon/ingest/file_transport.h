// A file as a feed: each line is a delivery. Follows a growing file; a restart goes on behind the
// last line whose events were accepted.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ingest/line_reader.h"
#include "daemon/ingest/source_line.h"
#include "daemon/ingest/task.h"
#include "daemon/ingest/transport.h"

namespace fusiond::ingest {

// Order: lines reach the spool first, then the position is saved, so a crash repeats lines and
// never leaves any out.
class FileTransport final : public Transport {
 public:
  // `position_path`: where the position is kept.
  FileTransport(SourceLine& line, std::string position_path);
  ~FileTransport() override { stop(); }
  void start() override;
  void stop() override;

 private:
  enum class Next : std::uint8_t { more, wait, finished };
  void run(const Stop& stop);
  bool open(const Stop& stop);
  Next step(const Stop& stop);
  Next at_end(const Stop& stop);
  // Hands lines on and saves the position; false with a stop, or when the plugin is down.
  bool hand_on(std::vector<Line> lines, const Stop& stop);
  bool wait_until_due(WallTime stamp, const Stop& stop);
  bool deliver(std::vector<Delivery> deliveries, const std::vector<Line>& lines, const Stop& stop);
  Delivery delivery_of(Line& line);
  Delivery recorded_delivery_of(Line& line);
  void stamp(Delivery& delivery);
  void note(const std::string& what);

  SourceLine& line_;
  const FileConfig& config_;
  std::string position_path_;
  LineReader reader_;
  std::optional<FilePosition> position_;
  WallTime last_stamp_{};
  Task task_;
};

}  // namespace fusiond::ingest
