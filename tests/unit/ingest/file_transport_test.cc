#include "daemon/ingest/file_transport.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "daemon/ingest/recorded.h"
#include "ingest_bench.h"
#include "tests/support/temp_folder.h"

namespace fusiond::ingest {
namespace {

using test::body_of;
using test::eventually;
using test::kNow;
using test::LineBench;
using test::plain_event;

// A source that reads a file; the spool outlives it, as it does a process.
struct FileBench {
  explicit FileBench(FileFormat format, bool follow, bool paced = false) {
    source.transport.kind = TransportKind::file;
    source.transport.file = {folder.path() + "/feed.jsonl", format, follow, paced, 1};
    config.max_delivery_bytes = 4096;
    config.dead_letter_max_bytes = 100;
  }
  void write(const std::string& text, std::ios::openmode mode = std::ios::app) const {
    std::ofstream out(source.transport.file.path, std::ios::binary | mode);
    out << text;
  }
  // One life of the process: reads until `is_so`, then stops.
  void live(const std::function<bool()>& is_so) {
    FileTransport transport(*bench().line, folder.path() + "/state/position");
    transport.start();
    CHECK(eventually(is_so));
    transport.stop();
  }
  LineBench& bench() {
    if (!bench_) {
      bench_ = std::make_unique<LineBench>(source, config);
    }
    return *bench_;
  }
  void next_process() { bench_.reset(); }
  SourceCounts counts() { return bench().line->counters().counts(); }
  double remark(const std::string& what) {
    return bench().metrics.value("fusiond_file_remarks_total",
                                 {{"source", source.name}, {"what", what}});
  }
  std::function<bool()> read_lines(std::uint64_t n) {
    return [this, n] { return counts().deliveries >= n; };
  }

  test::TempFolder folder;
  SourceConfig source = test::plain_source();
  IngestConfig config = test::plain_config();

 private:
  std::unique_ptr<LineBench> bench_;
};

std::string record(std::int64_t after_s, const std::string& body) {
  return R"({"received_us":)" + std::to_string(micros_of(kNow) + after_s * 1'000'000) +
         R"(,"body_text":")" + body + "\"}\n";
}

std::vector<std::string> originals(LineBench& bench) {
  std::vector<std::string> texts;
  for (const auto& letter : bench.letters()) {
    texts.push_back(test::letter_of(letter).original);
  }
  return texts;
}

}  // namespace

TEST_CASE("each line of a file is a delivery that was received when it was read",
          "[ingest][file]") {
  FileBench file(FileFormat::lines, false);
  file.write("reject:a\n\nskip:b\r\nreject:c\n");
  file.live([&] { return file.bench().line->condition().state() == SourceState::finished; });
  CHECK(file.counts().deliveries == 3);
  CHECK(originals(file.bench()) == std::vector<std::string>{"reject:a", "reject:c"});
  const auto letter = test::letter_of(file.bench().letters().at(1));
  CHECK(letter.position == "feed.jsonl:4@18 row 1");
  CHECK(letter.received == kNow);
}

TEST_CASE("a recorded line keeps its ingest time and its body byte for byte", "[ingest][file]") {
  const auto record = read_recorded(
      R"({"body": {"a" : [1.50, "é"]} , "extra":1, "received":"2023-06-18T18:00:00.5Z","content_type":"application/json"})");
  REQUIRE(record);
  CHECK(record->body == R"({"a" : [1.50, "é"]})");
  CHECK(micros_of(record->received) == micros_of(kNow) + 500'000);
  CHECK(record->content_type == "application/json");
  const auto text = read_recorded(R"({"received_us":5,"body_text":"a\nb"})");
  REQUIRE(text);
  CHECK(text->body == "a\nb");
  CHECK(micros_of(text->received) == 5);
}

TEST_CASE("a recorded line that is none says what it lacks", "[ingest][file]") {
  for (const auto* line : {"", "{", "[]", "17", R"({"received_us":1})", R"({"body":1})",
                           R"({"received":"today","body":1})", R"({"received_us":1,"body":1} {})",
                           R"({"received_us":"1","body":1})", R"({"received_us":-4,"body":1})",
                           R"({"received_us":1,"body_text":7})"}) {
    INFO(line);
    const auto record = read_recorded(line);
    REQUIRE_FALSE(record);
    CHECK(record.error().fault == Fault::bad_input);
  }
  CHECK(read_recorded("{\"received_us\":1,\"body_text\":\"\xff\"}").error().message ==
        "invalid UTF-8");
}

TEST_CASE("a recorded file is replayed with the stamps it holds and its faults are dead letters",
          "[ingest][file]") {
  FileBench file(FileFormat::recorded, false);
  file.write(record(10, "reject:a") + "{torn\n" + record(20, "reject:b") + "{\"x\":\"\xff\"}\n");
  file.live([&] { return file.bench().line->condition().state() == SourceState::finished; });
  CHECK(file.counts().quarantined == 4);
  CHECK(file.bench().quarantined("bad_record") == 1);
  CHECK(file.bench().quarantined("invalid_utf8") == 1);
  CHECK(test::letter_of(file.bench().letters().at(2)).received == kNow + std::chrono::seconds(20));
  CHECK(file.bench().line->clock().reached() == kNow + std::chrono::seconds(20));
}

TEST_CASE("a line beyond the limit is a dead letter named too_large and is never held whole",
          "[ingest][file]") {
  FileBench file(FileFormat::lines, false);
  const std::string giant(10 << 20, 'x');
  file.write("reject:a\n" + giant + "\nreject:b\n");
  file.live([&] { return file.bench().line->condition().state() == SourceState::finished; });
  REQUIRE(file.bench().letters().size() == 3);
  const auto letter = test::letter_of(file.bench().letters()[1]);
  CHECK(letter.reason == "too_large");
  CHECK(letter.original == std::string(100, 'x'));
  CHECK(letter.original_size_bytes == giant.size());
  CHECK(letter.original_sha256 == hex_of(sha256(giant)));
}

TEST_CASE("a restart goes on behind the last line that was accepted, wherever it was stopped",
          "[ingest][file]") {
  FileBench file(FileFormat::recorded, true);
  std::vector<std::string> want;
  std::vector<std::string> got;
  for (int life = 0; life < 6; ++life) {
    for (int i = 0; i <= life * 100; ++i) {
      want.push_back("reject:r_" + std::to_string(want.size()));
      file.write(record(static_cast<int>(want.size()), want.back()));
    }
    const auto fresh = static_cast<std::uint64_t>(life * 100 + 1);
    file.live(file.read_lines(fresh));
    CHECK(file.counts().deliveries == fresh);
    const auto texts = originals(file.bench());
    got.insert(got.end(), texts.begin(), texts.end());
    file.next_process();
  }
  CHECK(got == want);
}

TEST_CASE("a restart tells how far the recorded clock had come", "[ingest][file]") {
  FileBench file(FileFormat::recorded, true);
  file.write(record(50, "skip:a"));
  file.live(file.read_lines(1));
  file.next_process();
  file.live(
      [&] { return file.bench().line->clock().reached() == kNow + std::chrono::seconds(50); });
  CHECK(file.counts().deliveries == 0);
}

TEST_CASE("a torn last line waits for its line feed while the file is followed", "[ingest][file]") {
  FileBench file(FileFormat::lines, true);
  file.write("reject:a\nreject:");
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually(file.read_lines(1)));
  file.write("b\nskip:c\n");
  CHECK(eventually(file.read_lines(3)));
  transport.stop();
  CHECK(originals(file.bench()) == std::vector<std::string>{"reject:a", "reject:b"});
  CHECK(file.remark("torn") == 0);
}

TEST_CASE("a torn last line is handed on at the end of a file that is not followed",
          "[ingest][file]") {
  FileBench file(FileFormat::lines, false);
  file.write("reject:a\nreject:b");
  file.live([&] { return file.bench().line->condition().state() == SourceState::finished; });
  CHECK(originals(file.bench()) == std::vector<std::string>{"reject:a", "reject:b"});
  CHECK(file.remark("torn") == 1);
}

TEST_CASE("a rotated file is read to its end before the new one is begun", "[ingest][file]") {
  FileBench file(FileFormat::lines, true);
  file.write("reject:a\n");
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually(file.read_lines(1)));
  const std::string path = file.source.transport.file.path;
  std::filesystem::rename(path, path + ".1");
  std::ofstream(path + ".1", std::ios::app) << "reject:b\n";
  file.write("reject:c\n");
  CHECK(eventually(file.read_lines(3)));
  transport.stop();
  CHECK(originals(file.bench()) == std::vector<std::string>{"reject:a", "reject:b", "reject:c"});
  CHECK(file.remark("rotated") == 1);
}

TEST_CASE("a truncated file is read again from its begin", "[ingest][file]") {
  FileBench file(FileFormat::lines, true);
  file.write("reject:a_long_line_that_goes\n");
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually(file.read_lines(1)));
  file.write("reject:b\n", std::ios::trunc);
  CHECK(eventually(file.read_lines(2)));
  transport.stop();
  CHECK(originals(file.bench()).back() == "reject:b");
  CHECK(file.remark("truncated") == 1);
}

TEST_CASE("a file that was replaced between two lives is read from its begin", "[ingest][file]") {
  FileBench file(FileFormat::lines, true);
  file.write("reject:a\n");
  file.live(file.read_lines(1));
  file.next_process();
  file.write("reject:other\nreject:b\n", std::ios::trunc);
  file.live(file.read_lines(2));
  CHECK(originals(file.bench()) == std::vector<std::string>{"reject:other", "reject:b"});
  CHECK(file.remark("replaced") == 1);
}

TEST_CASE("a file that is missing makes its source down until it is there", "[ingest][file]") {
  FileBench file(FileFormat::lines, true);
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually([&] { return file.bench().line->condition().state() == SourceState::down; }));
  file.write("skip:a\n");
  CHECK(eventually(file.read_lines(1)));
  CHECK(file.bench().line->condition().state() == SourceState::up);
}

TEST_CASE("a paced file hands a line on when the clock shows its stamp", "[ingest][file]") {
  FileBench file(FileFormat::recorded, true, true);
  file.write(record(0, "skip:a") + record(60, "skip:b"));
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually(file.read_lines(1)));
  file.bench().clock.advance(std::chrono::seconds(59));
  CHECK(eventually(
      [&] { return file.bench().line->clock().reached() == kNow + std::chrono::seconds(59); }));
  CHECK(file.counts().deliveries == 1);
  file.bench().clock.advance(std::chrono::seconds(1));
  CHECK(eventually(file.read_lines(2)));
}

TEST_CASE("a stamp that goes backwards is counted and the line stays", "[ingest][file]") {
  FileBench file(FileFormat::recorded, true);
  file.write(record(60, "skip:a"));
  FileTransport transport(*file.bench().line, file.folder.path() + "/position");
  transport.start();
  CHECK(eventually([&] { return file.bench().line->clock().reached() > kNow; }));
  file.write(record(0, "skip:b"));
  CHECK(eventually(file.read_lines(2)));
  CHECK(file.remark("stamp_backwards") == 1);
}

}  // namespace fusiond::ingest
