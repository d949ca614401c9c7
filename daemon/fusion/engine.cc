#include <algorithm>
#include <utility>

#include "daemon/base/check.h"
#include "daemon/fusion/engine_state.h"

namespace fusiond::fusion {
namespace {

IncidentBook::Stamp stamp_of(const EngineConfig& config) {
  IncidentBook::Stamp stamp{config.epoch, config.versions, config.seat.shard,
                            config.seat.shards == 1};
  if (stamp.versions.association.empty()) {
    stamp.versions.association = config.association.version;
  }
  if (stamp.versions.rules.empty()) {
    stamp.versions.rules = config.priorities.version;
  }
  if (!config.bundle.version.empty()) {
    stamp.versions.rules += " + " + config.bundle.version;
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

Engine::State::State(EngineConfig given, const IncidentWriter& writer)
    : config(std::move(given)),
      score(config.association),
      people(nodes),
      fold(score, people),
      cases(score, fold, people),
      copies(nodes),
      clock(config.association.skew),
      rules(compiled()),
      patterns(compiled_patterns()),
      explain(score, {config.priorities, rules, clock, tally}, nodes, people),
      book(score, explain, cases, nodes, writer, stamp_of(config)),
      pattern_book(score, explain, patterns, nodes, writer, stamp_of(config)) {
  tally.use(config.bundle);
  if (config.seat.shards > 1) {
    others = std::make_unique<Others>(*this);
  }
}

Engine::Engine(EngineConfig config, const IncidentWriter& writer)
    : state_(std::make_unique<State>(std::move(config), writer)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

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
void Engine::State::take(EventState state) {
  Node& node = nodes.make(state.id());
  node.state = std::move(state);
  node.heard = first_heard(node.state);
  node.known = true;
  if (std::exchange(node.forgotten, false)) {
    to_forget.erase(node.id);
  }
  renew(node);
}

void Engine::State::renew(Node& node) {
  changed.push_back(&node);
  for (Node* affected : copies.update(node)) {
    place(*affected);
  }
}

void Engine::State::count_on(Node& node, Node* root) {
  if (root == node.counted_on) {
    return;
  }
  if (node.counted_on != nullptr) {
    std::erase(node.counted_on->copies, &node);
    changed.push_back(node.counted_on);
  }
  if (root != nullptr) {
    root->copies.push_back(&node);
    changed.push_back(root);
  }
  node.counted_on = root;
  if (others) {
    others->exchange.note(node);
  }
}

// Gives the node the role and the facts that its state and its copy root ask for.
void Engine::State::place(Node& node) {
  if (!node.own) {
    others->guests.place(node);
    count_on(node, node.role == Role::copy ? node.copy_root : nullptr);
    return;
  }
  Role role = Role::grouped;
  if (!Copies::present(node)) {
    role = Role::absent;
  } else if (node.copy_root != nullptr) {
    role = Role::copy;
  } else if (node.state.late()) {
    role = Role::late;
  }
  count_on(node, role == Role::copy ? node.copy_root : nullptr);
  const bool in_fold = role == Role::grouped || role == Role::late;
  Facts facts = node.facts;
  if (in_fold) {
    facts = score.facts_of(node.deciding());
    facts.keys = fold.keys().numbers_of(node.deciding());
  }
  if (role != node.role || facts != node.facts) {
    if (others) {
      others->guests.release(node);
    }
    fold.replace(node, role, facts);
  }
  people.note(node);
  pattern_book.note(node);
}

// Judges what people say anew, and has those decide anew to whom it matters.
People::Verdict Engine::State::listen() {
  People::Verdict verdict = people.judge();
  for (Node* node : verdict.flipped) {
    if (node->role == Role::grouped || node->role == Role::late) {
      fold.replace(*node, node->role, Facts{node->facts});
    }
  }
  for (Node* node : verdict.bound) {
    fold.revisit(*node);
  }
  changed.insert(changed.end(), verdict.spoken.begin(), verdict.spoken.end());
  return verdict;
}

void Engine::State::settle() {
  const People::Verdict verdict = listen();
  fold.settle();
  while (others && others->guests.follow()) {
    fold.settle();
  }
  for (const Node* node : verdict.bound) {
    cases.revisit(*node);
  }
  cases.settle(fold.moved, fold.decided);
  if (verdict.judged || cases.touched_joined()) {
    unite();
  }
  for (const Moved& move : fold.moved) {
    book.note_place(*move.node);
  }
  for (const Node* episode : cases.entered) {
    for (Node* member : episode->members) {
      book.note_place(*member);
    }
  }
  for (const Decided& one : fold.decided) {
    one.node->page_stale = true;
    book.stir(*one.node, false);
  }
  if (others) {
    note_changes();
  }
  cases.relinked.clear();
  fold.moved.clear();
  fold.decided.clear();
  cases.entered.clear();
  for (Node* node : changed) {
    node->page_stale = true;
    book.stir(*node, true);
    pattern_book.note(*node);
    if (others) {
      others->exchange.note(*node);
    }
    if (Node* root = Cases::root_of(*node)) {
      cases.touch(*root);
    }
  }
  changed.clear();
}

// Puts the cases together that are one incident, and touches those that name one of them.
void Engine::State::unite() {
  for (Node* root : people.unite()) {
    cases.touch(*root);
    for (Node* other : cases.may_name(*root)) {
      cases.touch(*other);
    }
    if (others) {
      note_united(*root);
    }
  }
}

std::span<const IncidentRecord> Engine::State::finish(const Cause& cause) {
  tally.set_now(cause.ingest_time);
  settle();
  const std::int64_t closing = clock.value();
  const auto of_fold = book.write(cases.take_touched(), closing, cause);
  if (others) {
    tell_others();
  }
  if (patterns.empty() && !pattern_book.remembers()) {
    return of_fold;
  }
  records.clear();
  pattern_book.write(closing, cause, records);
  if (records.empty()) {
    return of_fold;
  }
  records.insert(records.begin(), of_fold.begin(), of_fold.end());
  return records;
}

std::span<const IncidentRecord> Engine::apply(EventState state, const Cause& cause) {
  FUSIOND_CHECK(state.deciding || state.shown, "a state holds at least one record");
  state_->see_clock(state);
  state_->take(std::move(state));
  return state_->finish(cause);
}

std::span<const IncidentRecord> Engine::apply(const Word& word, const Cause& cause) {
  if (!state_->people.take(word)) {
    return {};
  }
  if (state_->others) {
    state_->others->exchange.note_word(word);
  }
  return state_->finish(cause);
}

const Word* Engine::word(const WordId& id) const {
  return state_->people.find(id);
}

std::vector<WordId> Engine::forget_words(WallTime horizon) {
  return state_->people.forget(horizon);
}

// Puts the incidents of which the rules read something among those to be looked at.
void Engine::State::reconsider() {
  nodes.each([this](Node& node) {
    Node* root = node.own && explain.is_read(node) ? Cases::root_of(node) : nullptr;
    if (root != nullptr && root->named_by != nullptr) {
      book.describe_anew(*root);
    }
  });
}

std::span<const IncidentRecord> Engine::use_rules(rules::Bundle bundle, const Cause& cause) {
  state_->reconsider();
  state_->config.bundle = std::move(bundle);
  state_->rules = state_->compiled();
  state_->patterns = state_->compiled_patterns();
  state_->tally.use(state_->config.bundle);
  const Versions versions = stamp_of(state_->config).versions;
  state_->book.use_versions(versions);
  state_->pattern_book.use_rules(state_->clock.value(), versions);
  state_->reconsider();
  return state_->finish(cause);
}

std::span<const IncidentRecord> Engine::tick(const Tick& tick, const Cause& cause) {
  for (const SourceClock& source : tick.sources) {
    state_->clock.see(source);
  }
  if (state_->others) {
    state_->others->exchange.tell_clocks(sources());
  }
  return state_->finish(cause);
}

void Engine::restore(const EngineSnapshot& snapshot) {
  FUSIOND_CHECK(state_->nodes.size() == 0, "an engine is restored before anything else");
  for (const SourceClock& source : snapshot.sources) {
    state_->clock.see(source);
  }
  for (const Word& word : snapshot.words) {
    (void)state_->people.take(word);
  }
  if (state_->others) {
    state_->restore_areas(snapshot);
  }
  // In the order of the fold, so that every event is decided once.
  std::vector<const EventState*> events;
  events.reserve(snapshot.events.size());
  for (const EventState& event : snapshot.events) {
    events.push_back(&event);
  }
  const auto occurred = [](const EventState* state) {
    return (state->deciding ? *state->deciding : state->newest()).occurred;
  };
  std::sort(events.begin(), events.end(), [&](const EventState* a, const EventState* b) {
    return std::pair(occurred(a), a->id()) < std::pair(occurred(b), b->id());
  });
  for (const EventState* event : events) {
    state_->take(*event);
    state_->settle();
  }
  for (const AreaRow& row : snapshot.areas.events) {
    if (Node* node = row.forgotten ? state_->nodes.find(row.id) : nullptr) {
      node->forgotten = true;
      state_->to_forget.insert(node->id);
    }
  }
  (void)state_->cases.take_touched();  // the book looks at all of them
  state_->book.restore(snapshot.incidents, snapshot.areas.events);
  state_->pattern_book.restore(snapshot.incidents, state_->clock.value());
  if (state_->others) {
    state_->others->exchange.note_all();
  }
}

std::span<const IncidentRecord> Engine::resume(const Cause& cause) {
  return state_->finish(cause);
}

// Drops the incident of `root` if nobody needs it any more: it is over, and the router remembers
// none of its events.
void Engine::State::drop_incident(Node& root, std::int64_t unfinished,
                                  std::vector<IncidentId>& gone) {
  std::vector<Node*> nodes_of;
  each_episode(root, [&](Node& episode) {
    each_member(episode, [&](Node& member) { nodes_of.push_back(&member); });
  });
  if (!is_over(root, nodes_of, unfinished)) {
    return;
  }
  for (std::size_t i = 0, count = nodes_of.size(); i < count; ++i) {
    nodes_of.insert(nodes_of.end(), nodes_of[i]->copies.begin(), nodes_of[i]->copies.end());
  }
  const std::int64_t closing = clock.value();
  if (std::any_of(nodes_of.begin(), nodes_of.end(), [&](const Node* node) {
        return is_needed(*node) || pattern_book.holds(*node, closing);
      })) {
    return;
  }
  for (Node* node : nodes_of) {
    drop_node(*node, gone);
  }
}

void Engine::State::drop_node(Node& node, std::vector<IncidentId>& gone) {
  if (others) {
    others->exchange.drop(node);
    Guests::drop(node);
    note_row(node.number);
  }
  if (book.drop(node)) {
    gone.push_back(node.incident_id());
  }
  pattern_book.drop(node, gone);
  people.drop(node);
  fold.drop(node);
  copies.drop(node);
  cases.untouch(node);
  to_forget.erase(node.id);
  if (node.own) {
    forgotten.push_back(node.id);
  }
  nodes.erase(node);
}

std::vector<IncidentId> Engine::forget(const std::vector<EventId>& ids, WallTime horizon) {
  state_->forgotten.clear();
  for (const EventId& id : ids) {
    Node* node = state_->nodes.find(id);
    if (node == nullptr) {
      state_->forgotten.push_back(id);
      continue;
    }
    node->forgotten = true;
    state_->to_forget.insert(id);
    if (state_->others) {
      state_->note_row(node->number);
    }
  }
  std::vector<IncidentId> gone;
  const std::int64_t unfinished = state_->book.first_unfinished();
  for (const EventId& id :
       std::vector<EventId>(state_->to_forget.begin(), state_->to_forget.end())) {
    Node* node = state_->nodes.find(id);
    if (node == nullptr) {
      continue;  // went with another one of its incident
    }
    Node* root = Cases::root_of(*node);
    if (root == nullptr) {
      if (!state_->pattern_book.holds(*node, state_->clock.value())) {
        state_->drop_node(*node, gone);
      }
    } else {
      state_->drop_incident(*root, unfinished, gone);
    }
  }
  if (state_->others) {
    state_->others->horizon = micros_of(horizon);
    state_->forget_guests(unfinished, gone);
    state_->others->exchange.tell({});
  }
  state_->fold.keys().sweep();
  state_->pattern_book.forget(state_->clock.value(), gone);
  return gone;
}

std::size_t Engine::size() const {
  return state_->nodes.size();
}

Engine::Stats Engine::stats() const {
  return {state_->fold.stats().decided, state_->fold.stats().crowded, state_->book.held_back(),
          state_->book.left_out()};
}

const RuleTally::Counts& Engine::rule_counts() const {
  return state_->tally.counts();
}

const std::vector<EventId>& Engine::forgotten() const {
  return state_->forgotten;
}

const std::vector<SourceClock>& Engine::sources() const {
  return state_->clock.sources();
}

std::vector<IncidentContent> Engine::incidents() const {
  std::vector<IncidentContent> contents = state_->book.live();
  const std::size_t of_fold = contents.size();
  state_->pattern_book.live(contents);
  if (contents.size() > of_fold) {
    std::sort(contents.begin(), contents.end(),
              [](const IncidentContent& a, const IncidentContent& b) { return a.id < b.id; });
  }
  return contents;
}

}  // namespace fusiond::fusion
