// Router and engine as a shard runs them, with a consumer at the end that keeps the largest (epoch,
// revision) of an id and checks, at every emission, what a consumer may rely on.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/fusion/engine.h"
#include "daemon/route/router.h"
#include "daemon/wire/incident_bytes.h"
#include "tests/support/city.h"
#include "tests/support/small_association.h"

namespace fusiond::support {

class FusionLine {
 public:
  explicit FusionLine(Micros remember = std::chrono::hours{72},
                      fusion::AssociationConfig association = small_association(),
                      rules::Bundle bundle = {});

  // One record through both steps. The revisions stay valid until the next call.
  const std::vector<IncidentRevision>& say(const Event& record);
  const std::vector<IncidentRevision>& say(const Word& word);
  const std::vector<IncidentRevision>& tick(const Tick& tick);
  const std::vector<IncidentRevision>& use(const rules::Bundle& bundle);
  const std::vector<IncidentRevision>& take(const Step& step);
  // Throws the engine and the router away and makes new ones from what a shard would have saved.
  void restart();

  // Lets router and engine forget; how many incidents went. No record to come is older than
  // `reached`.
  std::size_t forget(WallTime reached);

  [[nodiscard]] fusion::Engine& engine() { return engine_; }
  // The live incidents as a consumer knows them, by id.
  [[nodiscard]] std::vector<IncidentContent> told() const;
  [[nodiscard]] const std::map<IncidentId, IncidentRevision>& newest() const { return newest_; }
  [[nodiscard]] const std::map<EventId, EventState>& states() const { return states_; }
  // The first promise that an emission broke; empty when none did.
  [[nodiscard]] const std::string& broken() const { return broken_; }

 private:
  void consume(std::vector<IncidentRevision> revisions);
  void check(const IncidentRevision& revision);
  void expect(bool holds, const std::string& promise);
  [[nodiscard]] std::set<EventId> events_in_incidents() const;

  [[nodiscard]] fusion::EngineConfig config() const;

  fusion::AssociationConfig association_;
  rules::Bundle bundle_;
  route::RouterConfig remember_;
  std::uint64_t epoch_ = 1;
  route::Router router_;
  wire::IncidentBytes writer_;
  fusion::Engine engine_;
  std::map<EventId, EventState> states_;
  std::map<WordId, Word> words_;
  std::map<IncidentId, IncidentRevision> newest_;
  std::vector<IncidentRevision> last_;
  std::string broken_;
};

}  // namespace fusiond::support
