// The broker of a simulation: topics of one partition that outlive every process, and the way
// there, on which records are late, lost or stored without an answer, and answers come in any
// order. What a dead process had under way may still arrive, much later. Kept: the promises of
// ports/bus.h.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/ports/bus.h"
#include "tests/sim/world.h"

namespace fusiond::sim {

class Broker {
 public:
  explicit Broker(World& world) : world_(world) {}

  // Lets what is due arrive and be answered; cuts the line now and then.
  void work();
  [[nodiscard]] bool idle() const;
  [[nodiscard]] const std::vector<ports::BusRecord>& log(const std::string& topic) {
    return topics_[topic];
  }

 private:
  friend class SimBus;
  friend class SimReader;
  enum class Fate : std::uint8_t { stored, lost, stored_unanswered };
  struct UnderWay {
    ports::OutRecord record;
    ports::Done done;
    Micros due{};
    Fate fate = Fate::stored;
  };
  struct Answer {
    ports::Done done;
    Result<ports::Appended> result;
    Micros due{};
  };
  // What one process has under way: it dies with it but for what has left it.
  struct Session {
    std::map<std::string, std::deque<UnderWay>> sending;  // by topic, in order
    std::vector<Answer> answers;
    bool alive = true;
  };
  [[nodiscard]] Micros now() const { return world_.clock.mono().time_since_epoch(); }
  void arrive(Session& session);
  void answer(Session& session);

  World& world_;
  std::map<std::string, std::vector<ports::BusRecord>> topics_;
  std::vector<std::shared_ptr<Session>> sessions_;  // shared with the processes' handles
  Micros cut_until_{0};
};

// One process's line to the broker.
class SimBus final : public ports::Bus {
 public:
  explicit SimBus(Broker& broker);
  // The process is gone: of what it had under way some of the first may arrive all the same.
  void die();
  Result<void> ensure_topics(const std::vector<ports::TopicSpec>& /*topics*/) override {
    return {};
  }
  Result<void> append(ports::OutRecord record, ports::Done done) override;
  Result<void> flush(std::chrono::milliseconds wait) override;
  Result<std::unique_ptr<ports::BusReader>> open_reader(
      const std::string& topic, const std::vector<ports::StartAt>& start) override;
  Result<std::uint32_t> partitions(const std::string& /*topic*/) override { return 1U; }
  Result<ports::Extent> extent(const std::string& topic, std::uint32_t partition) override;
  [[nodiscard]] std::optional<std::string> trouble() const override { return std::nullopt; }
  // Records of a topic without an answer.
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  std::function<void(const std::string& topic)> on_read;  // told of every read

 private:
  friend class SimReader;
  [[nodiscard]] bool away() const { return broker_.now() < broker_.cut_until_; }
  Broker& broker_;
  std::shared_ptr<Broker::Session> session_;
  std::size_t unanswered_ = 0;
};

}  // namespace fusiond::sim
