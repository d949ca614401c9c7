// Builds the daemon's JSON for tests: say only what matters.
export function incidentJson(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    incident_id: "11111111-2222-5333-8444-555555555555",
    epoch: "1",
    revision: "1",
    state: "INCIDENT_STATE_OPEN",
    change: "INCIDENT_CHANGE_OPEN",
    family: "shots",
    title: "Shots fired",
    priority: 9,
    status: "STATUS_ACTUAL",
    place: { lat_e7: 378044000, lon_e7: -1222711000, radius_m: 120 },
    first_occurred_us: "1700000000000000",
    last_occurred_us: "1700000000000000",
    updated_us: "1700000001000000",
    witnesses: 1,
    members: [],
    ...over,
  };
}

export const kTerms = {
  place_mn: "-10120", delay_mn: "-5210", kind_mn: "1900", total_mn: "-13430", need_mn: "-15830",
  distance_m: 62, sigma_m: 45, gap_us: "40000000", background_n: 2,
};

export function memberJson(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    event_id: "b", source: "cad/east", source_event_id: "C1", source_kind: "SOURCE_KIND_CAD", revision: "1", deciding_revision: "1",
    kind: "415SS", family: "shots", headline: "Caller heard shots", occurred_us: "1700000040000000", lat_e7: 378044000, lon_e7: -1222711000,
    role: "MEMBER_ROLE_SUPPORTS", reason: { anchor_event_id: "a", terms: kTerms, prior_members: ["a"] },
    ...over,
  };
}
