#include "daemon/app/source_json.h"

#include <catch2/catch.hpp>

using namespace fusiond;

TEST_CASE("sources are told with their state, their reason and their counts", "[app]") {
  ingest::SourceStatus cad;
  cad.name = "cad";
  cad.plugin = "cad_poll 1.0.0";
  cad.transport = "http_poll";
  cad.state = ingest::SourceState::down;
  cad.why = "refused \"again\"";
  cad.counts.deliveries = 3;
  CHECK(app::sources_json({}) == "[]");
  CHECK(
      app::sources_json({cad}) ==
      R"([{"name":"cad","plugin":"cad_poll 1.0.0","transport":"http_poll",)"
      R"("lane":"standard","state":"down","why":"refused \"again\"",)"
      R"("deliveries":3,"parts":0,"admitted":0,"quarantined":0,"skipped":0,"last_received":""}])");
}
