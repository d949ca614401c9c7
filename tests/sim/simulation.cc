#include "tests/sim/simulation.h"

#include <stop_token>
#include <utility>

#include "daemon/ingest/forwarder.h"
#include "daemon/ingest/task.h"
#include "daemon/pipeline/shard.h"
#include "daemon/wire/event_wire.h"
#include "daemon/wire/records.h"
#include "daemon/wire/rules_wire.h"
#include "tests/support/city.h"
#include "tests/support/fake_metrics.h"
#include "tests/support/small_association.h"
#include "tests/support/small_rules.h"

namespace fusiond::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPatience = 20'000;  // turns until a run that does not end is a fault
const pipeline::Topics kTopics;

ports::OutRecord record_of(const support::Step& step) {
  if (step.tick) {
    return wire::tick_record(kTopics.events, 0, *step.tick);
  }
  if (step.word) {
    return wire::word_record(kTopics.events, *step.word);
  }
  return wire::event_record(kTopics.events, *step.record, wire::encode_event(*step.record));
}

// A bundle drawn by chance, from the number that stands in its only file.
Result<rules::Bundle> bundle_of(const RulesActivation& activation) {
  support::SeededRng rng{std::stoull(activation.files.at("seed"))};
  rules::Bundle bundle = support::random_bundle(rng);
  bundle.version = activation.version;
  return bundle;
}

// Somebody puts rules into force; not always in the order in which the log has it.
ports::OutRecord some_rules(support::SeededRng& rng, std::size_t number) {
  RulesActivation activation;
  activation.files = {{"seed", std::to_string(rng.below(1'000'000))}};
  activation.digest = wire::digest_of_files(activation.files);
  activation.version = "sim-" + std::to_string(number);
  activation.author = "sergeant";
  activation.reason = "drawn by chance";
  activation.said = wall_time(support::kStartUs) + Micros{1s} * rng.below(10);
  activation.id = wire::activation_id_of(activation);
  return wire::rules_record(kTopics.events, 0, activation);
}

// What a seed chooses of the settings: small, so that every bound is met.
struct Settings {
  explicit Settings(support::SeededRng& rng) {
    step.router.remember = 72h;
    const auto kind = rng.below(4);
    step.engine.association = kind == 0   ? support::crowded_association()
                              : kind == 1 ? support::short_lists()
                                          : support::small_association();
    step.engine.priorities = support::small_priorities();
    step.engine.versions = {"sim", "sim", "sim"};
    step.compile = &bundle_of;
    shard.batch_records = 1 + rng.below(8);
    shard.outbox_entries = 4 + rng.below(40);
    shard.publisher.window = 2 + rng.below(16);
    forwarder.max_in_flight = 1 + rng.below(16);
    forwarder.batch = 1 + rng.below(8);
    spool_bytes = 2'000 + 1'000 * rng.below(20);
  }
  pipeline::StepConfig step;
  pipeline::ShardConfig shard;
  ingest::ForwarderConfig forwarder;
  std::uint64_t spool_bytes = 0;
};

// The daemon between its start and its end.
struct Process {
  Process(World& world, Broker& broker, const Settings& settings, std::shared_ptr<StateDisk> state,
          std::shared_ptr<SpoolDisk> spool_disk)
      : bus(broker),
        store(world, std::move(state)),
        spool(world, settings.spool_bytes, std::move(spool_disk)),
        forwarder(spool, bus, world.clock, metrics, settings.forwarder),
        shard({bus, store, world.clock, metrics}, settings.shard, settings.step) {}
  SimBus bus;
  SimStore store;
  SimSpool spool;
  test::FakeMetrics metrics;
  ingest::Forwarder forwarder;
  pipeline::Shard shard;
  std::size_t turns_left = 0;  // of one that stood still and woke
};

class Simulation {
 public:
  explicit Simulation(const Plan& plan) : plan_(plan), world_(plan.seed), settings_(world_.rng) {
    upgrades_ = world_.rng.chance(25);
    lies_ = plan.end != End::folder;  // a new state takes its first epoch from the wall clock
    world_.end_in = plan.boundary;
    world_.end = plan.end;
    prepare();
  }
  Outcome run();

 private:
  void prepare();
  void start();
  void turn();
  void act(Process& process, std::size_t dice);
  void deliver();
  void end();
  void pause();
  void wake();
  void note_bounds(const Process& process);
  [[nodiscard]] bool all_done();
  void finish();

  Plan plan_;
  World world_;
  Settings settings_;
  Broker broker_{world_};
  std::shared_ptr<StateDisk> state_ = std::make_shared<StateDisk>();
  std::shared_ptr<SpoolDisk> spool_ = std::make_shared<SpoolDisk>();
  std::unique_ptr<Process> process_;
  std::unique_ptr<Process> other_;  // stood still while `process_` took over
  std::vector<ports::OutRecord> deliveries_;
  std::size_t next_ = 0;  // of the deliveries
  std::vector<std::string> accepted_;
  std::size_t started_ = 0;
  std::size_t opened_ = 0;
  bool upgrades_ = false;  // every other process has other rules
  bool lies_ = true;
  bool paused_ = false;
  std::string fault_;
  std::stop_source stop_;
  ingest::Stop forwarder_stop_;
};

// A small city's reports, people's words and the clocks' ticks, in one of the orders in which they
// may come.
void Simulation::prepare() {
  support::CityOptions options;
  options.events = 4 + world_.rng.below(12);
  const std::vector<Event> records = city_records(world_.rng, options);
  std::vector<support::Step> steps = one_delivery(world_.rng, records, false);
  say_in_between(world_.rng, support::city_words(world_.rng, records, world_.rng.below(5)), steps);
  for (const support::Step& step : steps) {
    deliveries_.push_back(record_of(step));
  }
  for (std::size_t number = world_.rng.below(4); number > 0; --number) {
    const auto at = static_cast<std::ptrdiff_t>(world_.rng.below(deliveries_.size() + 1));
    deliveries_.insert(deliveries_.begin() + at, some_rules(world_.rng, number));
  }
}

void Simulation::start() {
  while (!process_) {
    ++started_;
    if (upgrades_) {
      settings_.step.engine.priorities = support::small_priorities();
      if (started_ % 2 == 0) {
        settings_.step.engine.priorities.version = "small-2";
        for (auto& [name, family] : settings_.step.engine.priorities.families) {
          family.title += ", called otherwise";
        }
      }
    }
    process_ = std::make_unique<Process>(world_, broker_, settings_, state_, spool_);
    process_->bus.on_read = [this, process = process_.get()](const std::string& /*topic*/) {
      if (process->store.unpublished() >= settings_.shard.outbox_entries) {
        fault_ = "read on with a full outbox";
      }
    };
    try {
      if (process_->shard.open(world_.clock.now())) {
        ++opened_;
        return;
      }
      end();
    } catch (const Crash&) {
      end();
    }
  }
}

void Simulation::end() {
  process_->bus.die();
  process_.reset();
  if (world_.end == End::power) {
    state_->cut_power(world_.rng);
    spool_->cut_power(world_.rng);
  } else if (world_.end == End::folder) {
    state_ = std::make_shared<StateDisk>();
    world_.end = End::kill;
  }
  world_.clock.pass(Micros{1s} * world_.rng.between(2, 60));
  if (!world_.end_in && !world_.healed && world_.rng.chance(50)) {
    world_.end_in = world_.rng.below(150);
  }
}

// The process stands still, and another one goes on with a copy of what it had on disk.
void Simulation::pause() {
  world_.pausing = false;
  world_.end = End::kill;
  paused_ = true;
  other_ = std::move(process_);
  other_->turns_left = world_.rng.below(80);
  state_ = state_->copy();
  spool_ = spool_->copy();
  world_.clock.pass(Micros{1s} * world_.rng.between(2, 60));
}

// It wakes, and goes on as if nothing had been, until it learns that it is not wanted any more.
void Simulation::wake() {
  if (other_ == nullptr || !world_.rng.chance(30)) {
    return;
  }
  if (other_->turns_left == 0 || world_.healed) {
    other_->bus.die();
    other_.reset();
    return;
  }
  --other_->turns_left;
  world_.calm = true;
  act(*other_, 35 + world_.rng.below(65));
  world_.calm = false;
}

void Simulation::deliver() {
  if (next_ == deliveries_.size()) {
    return;
  }
  const bool again = next_ > 0 && world_.mishap(10);  // a source says again what it said before
  const auto& record = deliveries_[again ? world_.rng.below(next_) : next_];
  if (process_->spool.push({record})) {
    accepted_.push_back(*record.value);
    next_ += again ? 0 : 1;
  }
}

void Simulation::act(Process& process, std::size_t dice) {
  if (dice < 35) {
    deliver();
  } else if (dice < 57) {
    (void)process.forwarder.turn(forwarder_stop_, std::chrono::milliseconds{0});
  } else if (dice < 79) {
    const auto done = process.shard.step_turn(stop_.get_token());
    if (!done && done.error().fault == Fault::corrupt) {
      fault_ = "the shard gave up: " + done.error().message;
    }
  } else {
    (void)process.shard.publish_turn();
  }
  note_bounds(process);
}

void Simulation::note_bounds(const Process& process) {
  const std::size_t most = settings_.shard.publisher.window + settings_.forwarder.max_in_flight;
  if (process.bus.unanswered() > most) {
    fault_ = "more under way than the bounds allow: " + std::to_string(process.bus.unanswered());
  }
}

void Simulation::turn() {
  start();
  world_.clock.pass(Micros{1ms} * world_.rng.between(1, 200));
  if (lies_ && world_.mishap(1)) {
    world_.clock.lie(Micros{1s} * world_.rng.one_of<std::int64_t>({0, -1, 1, -3600, 3600, 86400}));
  }
  wake();
  try {
    broker_.work();
    act(*process_, world_.rng.below(100));
  } catch (const Crash&) {
    end();
    return;
  }
  if (world_.pausing) {
    pause();
  }
}

bool Simulation::all_done() {
  return process_ != nullptr && other_ == nullptr && next_ == deliveries_.size() &&
         process_->spool.entries() == 0 && process_->store.unpublished() == 0 && broker_.idle() &&
         process_->shard.status().next_offset == broker_.log(kTopics.events).size();
}

// Nothing goes wrong any more; what was held back until a tick is told with the last one.
void Simulation::finish() {
  world_.healed = true;
  world_.end_in.reset();
  world_.pausing = false;
  for (const bool ticked : {false, true}) {
    if (ticked) {
      deliveries_.push_back(wire::tick_record(kTopics.events, 0, Tick{world_.clock.now(), {}}));
    }
    for (std::size_t turns = 0; !all_done() && fault_.empty(); ++turns) {
      turn();
      if (turns > kPatience) {
        fault_ = "it does not come to an end; left: deliveries " +
                 std::to_string(deliveries_.size() - next_) + ", in the spool " +
                 std::to_string(process_->spool.entries()) + ", to publish " +
                 std::to_string(process_->store.unpublished()) + ", without an answer " +
                 std::to_string(process_->bus.unanswered()) + ", read up to " +
                 std::to_string(process_->shard.status().next_offset) + " of " +
                 std::to_string(broker_.log(kTopics.events).size()) +
                 (broker_.idle() ? "" : ", the broker has something under way");
      }
    }
  }
}

Outcome Simulation::run() {
  for (std::size_t turns = 0; next_ < deliveries_.size() && turns < kPatience; ++turns) {
    turn();
  }
  const std::uint64_t passed = world_.passed();
  finish();
  Outcome outcome{fault_, world_.ended_at, opened_,
                  passed, world_.points,   broker_.log(kTopics.changes)};
  if (outcome.fault.empty()) {
    outcome.fault =
        fault_of({accepted_, broker_.log(kTopics.events), broker_.log(kTopics.changes),
                  broker_.log(kTopics.incidents), broker_.log(kTopics.rules), settings_.step,
                  !upgrades_, !upgrades_ && !paused_ && plan_.end != End::folder});
  }
  return outcome;
}

}  // namespace

Outcome simulate(const Plan& plan) {
  return Simulation(plan).run();
}

std::string name_of(End end) {
  switch (end) {
    case End::kill:
      return "kill";
    case End::power:
      return "power";
    case End::pause:
      return "pause";
    case End::folder:
      return "folder";
  }
  return "?";
}

}  // namespace fusiond::sim
