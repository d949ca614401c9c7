#include "daemon/fusion/engine.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/cases.h"
#include "daemon/fusion/closing_clock.h"
#include "daemon/fusion/copies.h"
#include "daemon/fusion/explain.h"
#include "daemon/fusion/fold.h"
#include "daemon/fusion/incident_book.h"
#include "daemon/fusion/node.h"
#include "daemon/fusion/score.h"

namespace fusiond::fusion {
namespace {

IncidentBook::Stamp stamp_of(const EngineConfig& config) {
  IncidentBook::Stamp stamp{config.epoch, config.versions};
  if (stamp.versions.association.empty()) {
    stamp.versions.association = config.association.version;
  }
  if (stamp.versions.rules.empty()) {
    stamp.versions.rules = config.priorities.version;
  }
  return stamp;
}

// The least ingest time of what is kept of an id.
std::int64_t first_heard(const EventState& state) {
  std::int64_t first = micros_of(state.newest().received);
  if (state.deciding) {
    first = std::min(first, micros_of(state.deciding->received));
  }
  for (const EventRef& other : state.others) {
    first = std::min(first, micros_of(other->received));
  }
  return first;
}

}  // namespace

// The parts in the order of the journey; they point at each other, so the whole stays where it is.
struct Engine::State {
  explicit State(EngineConfig given)
      : config(std::move(given)),
        score(config.association),
        fold(score),
        cases(score, fold),
        copies(nodes),
        explain(score, config.priorities, nodes),
        book(score, explain, cases, nodes, stamp_of(config)),
        clock(config.association.skew) {}

  Node& node_of(const EventId& id);
  void take(const EventState& state);
  void place(Node& node);
  void settle();
  void see_clock(const EventState& state);
  std::vector<IncidentRevision> finish(const Cause& cause);
  void drop_incident(Node& root, std::int64_t unfinished, std::vector<IncidentId>& gone);
  void drop_node(Node& node, std::vector<IncidentId>& gone);

  EngineConfig config;
  Score score;
  NodeMap nodes;
  Fold fold;
  Cases cases;
  Copies copies;
  Explain explain;
  IncidentBook book;
  ClosingClock clock;
  std::int64_t closing = ClosingClock::kNever;  // C as the book knows it
  std::vector<Node*> changed;                   // whose incident may look different
  std::vector<EventId> forgotten;               // by the last forget()
  std::set<EventId> to_forget;  // the router has dropped them; their incidents are not over yet
};

Engine::Engine(EngineConfig config) : state_(std::make_unique<State>(std::move(config))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Node& Engine::State::node_of(const EventId& id) {
  auto& node = nodes[id];
  if (!node) {
    node = std::make_unique<Node>();
    node->id = id;
    node->incident_id = incident_id_of(id);
  }
  return *node;
}

void Engine::State::see_clock(const EventState& state) {
  const Event* newest = &state.newest();
  if (state.deciding && state.deciding->received > newest->received) {
    newest = &*state.deciding;
  }
  for (const EventRef& other : state.others) {
    if (other->received > newest->received) {
      newest = &*other;
    }
  }
  clock.see(*newest);
}

// Puts the node's new words in, and moves whatever they move: itself, its copies, what it is a copy
// of.
void Engine::State::take(const EventState& state) {
  Node& node = node_of(state.id());
  node.state = state;
  node.heard = first_heard(state);
  node.known = true;
  node.forgotten = false;
  to_forget.erase(node.id);
  changed.push_back(&node);
  for (Node* affected : copies.update(node)) {
    place(*affected);
  }
}

// Gives the node the role and the facts that its state and its copy root ask for.
void Engine::State::place(Node& node) {
  Role role = Role::grouped;
  if (!Copies::present(node)) {
    role = Role::absent;
  } else if (node.copy_root != nullptr) {
    role = Role::copy;
  } else if (node.state.late()) {
    role = Role::late;
  }
  Node* counted_on = role == Role::copy ? node.copy_root : nullptr;
  if (counted_on != node.counted_on) {
    if (node.counted_on != nullptr) {
      node.counted_on->copies.erase(&node);
      changed.push_back(node.counted_on);
    }
    if (counted_on != nullptr) {
      counted_on->copies.insert(&node);
      changed.push_back(counted_on);
    }
    node.counted_on = counted_on;
  }
  const bool in_fold = role == Role::grouped || role == Role::late;
  const Facts facts = in_fold ? score.facts_of(node.deciding()) : node.facts;
  if (role != node.role || facts != node.facts) {
    fold.replace(node, role, facts);
  }
}

void Engine::State::settle() {
  fold.settle();
  cases.settle(fold.moved, fold.decided);
  fold.moved.clear();
  fold.decided.clear();
  for (Node* node : changed) {
    if (Node* root = Cases::root_of(*node)) {
      cases.touched.insert(root);
    }
  }
  changed.clear();
}

std::vector<IncidentRevision> Engine::State::finish(const Cause& cause) {
  settle();
  const std::int64_t now = clock.value();
  for (Node* root : book.between(closing, now)) {
    cases.touched.insert(root);
  }
  closing = now;
  const NodeBag touched = std::exchange(cases.touched, {});
  return book.write(NodeSet(touched.begin(), touched.end()), closing, cause);
}

std::vector<IncidentRevision> Engine::apply(const EventState& state, const Cause& cause) {
  FUSIOND_CHECK(state.deciding || state.shown, "a state holds at least one record");
  state_->see_clock(state);
  state_->take(state);
  return state_->finish(cause);
}

std::vector<IncidentRevision> Engine::tick(const Tick& tick, const Cause& cause) {
  for (const SourceClock& source : tick.sources) {
    state_->clock.see(source);
  }
  return state_->finish(cause);
}

void Engine::restore(const EngineSnapshot& snapshot) {
  FUSIOND_CHECK(state_->nodes.empty(), "an engine is restored before anything else");
  for (const SourceClock& source : snapshot.sources) {
    state_->clock.see(source);
  }
  for (const EventState& event : snapshot.events) {
    state_->take(event);
  }
  state_->settle();
  state_->closing = state_->clock.value();
  state_->book.restore(snapshot.incidents);
  for (const auto& [id, node] : state_->nodes) {
    state_->cases.touched.insert(node.get());
  }
}

// Drops the incident of `root` if nobody needs it any more: it is over, and the router remembers
// none of its events.
void Engine::State::drop_incident(Node& root, std::int64_t unfinished,
                                  std::vector<IncidentId>& gone) {
  if (!book.is_final(root, unfinished)) {
    return;
  }
  std::vector<Node*> nodes_of{&root};
  if (root.role == Role::grouped) {
    nodes_of.clear();
    for (Node* episode : root.episodes) {
      nodes_of.insert(nodes_of.end(), episode->members.begin(), episode->members.end());
    }
  }
  for (std::size_t i = 0, count = nodes_of.size(); i < count; ++i) {
    nodes_of.insert(nodes_of.end(), nodes_of[i]->copies.begin(), nodes_of[i]->copies.end());
  }
  if (!std::all_of(nodes_of.begin(), nodes_of.end(),
                   [](const Node* node) { return node->forgotten; })) {
    return;
  }
  for (Node* node : nodes_of) {
    drop_node(*node, gone);
  }
}

void Engine::State::drop_node(Node& node, std::vector<IncidentId>& gone) {
  if (book.drop(node)) {
    gone.push_back(node.incident_id);
  }
  fold.drop(node);
  copies.drop(node);
  cases.touched.erase(&node);
  to_forget.erase(node.id);
  forgotten.push_back(node.id);
  nodes.erase(EventId{node.id});
}

std::vector<IncidentId> Engine::forget(const std::vector<EventId>& ids) {
  state_->forgotten.clear();
  for (const EventId& id : ids) {
    const auto found = state_->nodes.find(id);
    if (found == state_->nodes.end()) {
      state_->forgotten.push_back(id);
      continue;
    }
    found->second->forgotten = true;
    state_->to_forget.insert(id);
  }
  std::vector<IncidentId> gone;
  const std::int64_t unfinished = state_->book.first_unfinished();
  for (const EventId& id :
       std::vector<EventId>(state_->to_forget.begin(), state_->to_forget.end())) {
    const auto found = state_->nodes.find(id);
    if (found == state_->nodes.end()) {
      continue;  // went with another one of its incident
    }
    Node* root = Cases::root_of(*found->second);
    if (root == nullptr) {
      state_->drop_node(*found->second, gone);
    } else {
      state_->drop_incident(*root, unfinished, gone);
    }
  }
  return gone;
}

const std::vector<EventId>& Engine::forgotten() const {
  return state_->forgotten;
}

const std::vector<SourceClock>& Engine::sources() const {
  return state_->clock.sources();
}

std::vector<IncidentContent> Engine::incidents() const {
  return state_->book.live();
}

}  // namespace fusiond::fusion
