#include "tests/sim/broker.h"

#include <algorithm>
#include <utility>

#include "daemon/base/check.h"

namespace fusiond::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kQueue = 64;  // records that wait in a process for the broker

Error unreachable() {
  return {Fault::unavailable, "the simulated broker cannot be reached"};
}

}  // namespace

void Broker::work() {
  if (world_.mishap(1)) {
    cut_until_ = now() + Micros{1s} * world_.rng.between(1, 60);
  }
  if (world_.healed) {
    cut_until_ = Micros{0};
  }
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    const auto session = sessions_[i];
    if (now() >= cut_until_) {
      arrive(*session);
    }
    if (session->alive) {
      answer(*session);
    }
  }
}

bool Broker::idle() const {
  return std::all_of(sessions_.begin(), sessions_.end(), [](const auto& session) {
    return session->answers.empty() &&
           std::all_of(session->sending.begin(), session->sending.end(),
                       [](const auto& queue) { return queue.second.empty(); });
  });
}

// Of one topic in order: who is late holds up those behind it.
void Broker::arrive(Session& session) {
  for (auto& [topic, queue] : session.sending) {
    while (!queue.empty() && queue.front().due <= now()) {
      UnderWay one = std::move(queue.front());
      queue.pop_front();
      Result<ports::Appended> result = fail(unreachable());
      if (one.fate != Fate::lost) {
        auto& log = topics_[topic];
        const std::uint64_t offset = log.size();
        log.push_back({topic, 0, offset, world_.clock.now(), std::move(one.record.key),
                       std::move(one.record.value), std::move(one.record.headers)});
        if (one.fate == Fate::stored) {
          result = ports::Appended{0, offset};
        }
      }
      if (session.alive) {
        session.answers.push_back(
            {std::move(one.done), result, now() + Micros{1ms} * world_.rng.between(0, 400)});
      }
    }
  }
}

void Broker::answer(Session& session) {
  for (std::size_t i = 0; i < session.answers.size();) {
    if (session.answers[i].due > now()) {
      ++i;
      continue;
    }
    world_.point("log: has a record, the answer is under way");
    const Answer one = std::move(session.answers[i]);
    session.answers.erase(session.answers.begin() + static_cast<std::ptrdiff_t>(i));
    one.done(one.result);
  }
}

SimBus::SimBus(Broker& broker) : broker_(broker), session_(std::make_shared<Broker::Session>()) {
  broker.sessions_.push_back(session_);
}

void SimBus::die() {
  session_->alive = false;
  session_->answers.clear();
  for (auto& [topic, queue] : session_->sending) {
    queue.resize(broker_.world_.rng.below(queue.size() + 1));
    Micros later = broker_.now();
    for (auto& one : queue) {
      one.done = nullptr;
      later += Micros{1s} * broker_.world_.rng.between(0, 200);
      one.due = later;
    }
  }
}

Result<void> SimBus::append(ports::OutRecord record, ports::Done done) {
  World& world = broker_.world_;
  const std::string topic = record.topic;
  world.point("log: before a record is handed over to " + topic);
  auto& queue = session_->sending[topic];
  if (queue.size() >= kQueue || world.mishap(2)) {
    return fail(Fault::overloaded, "the simulated queue is full");
  }
  auto fate = Broker::Fate::stored;
  if (world.mishap(3)) {
    fate = Broker::Fate::lost;
  } else if (world.mishap(3)) {
    fate = Broker::Fate::stored_unanswered;
  }
  ++unanswered_;
  queue.push_back({std::move(record),
                   [this, session = session_, done = std::move(done)](const auto& result) {
                     --unanswered_;
                     done(result);
                   },
                   broker_.now() + Micros{1ms} * world.rng.between(0, 500), fate});
  world.point("log: a record is on its way to " + topic);
  return {};
}

Result<void> SimBus::flush(std::chrono::milliseconds /*wait*/) {
  return unanswered_ == 0 ? Result<void>() : fail(unreachable());
}

class SimReader final : public ports::BusReader {
 public:
  SimReader(SimBus& bus, std::string topic, std::uint64_t next)
      : bus_(bus), topic_(std::move(topic)), next_(next) {}
  Result<std::size_t> read(std::vector<ports::BusRecord>& out, std::size_t max,
                           std::chrono::milliseconds /*wait*/) override {
    World& world = bus_.broker_.world_;
    world.point("log: before a read");
    if (bus_.away() || world.mishap(2)) {
      return fail(unreachable());
    }
    bus_.on_read(topic_);
    const auto& log = bus_.broker_.log(topic_);
    std::size_t count = std::min<std::size_t>(max, log.size() - next_);
    if (count > 0) {
      count = 1 + world.rng.below(count);
    }
    out.insert(out.end(), log.begin() + static_cast<std::ptrdiff_t>(next_),
               log.begin() + static_cast<std::ptrdiff_t>(next_ + count));
    next_ += count;
    return count;
  }
  Result<void> seek(std::uint32_t /*partition*/, std::uint64_t offset) override {
    next_ = offset;
    return {};
  }

 private:
  SimBus& bus_;
  std::string topic_;
  std::uint64_t next_;
};

Result<std::unique_ptr<ports::BusReader>> SimBus::open_reader(
    const std::string& topic, const std::vector<ports::StartAt>& start) {
  FUSIOND_CHECK(start.size() == 1 && start[0].from == ports::StartAt::From::offset,
                "a shard reads its partition from its own offset");
  if (away()) {
    return fail(unreachable());
  }
  return std::make_unique<SimReader>(*this, topic, start[0].offset);
}

Result<ports::Extent> SimBus::extent(const std::string& topic, std::uint32_t /*partition*/) {
  if (away()) {
    return fail(unreachable());
  }
  return ports::Extent{0, broker_.log(topic).size()};
}

}  // namespace fusiond::sim
