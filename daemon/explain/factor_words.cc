#include "daemon/explain/factor_words.h"

#include <array>
#include <string_view>
#include <utility>

#include "daemon/explain/words.h"
#include "daemon/model/chance.h"

namespace fusiond::explain {
namespace {

constexpr std::array<std::pair<WitnessKind, std::string_view>, 11> kWitnesses = {{
    {WitnessKind::camera, "camera"},
    {WitnessKind::caller, "caller"},
    {WitnessKind::alarm, "alarm"},
    {WitnessKind::acoustic, "acoustic sensor"},
    {WitnessKind::plate, "plate reader"},
    {WitnessKind::social, "public post"},
    {WitnessKind::public_alert, "public alert"},
    {WitnessKind::traffic, "traffic feed"},
    {WitnessKind::track, "tracked unit"},
    {WitnessKind::operator_, "operator"},
    {WitnessKind::unit, "unit on scene"},
}};

std::string witness_word(WitnessKind kind) {
  for (const auto& [value, word] : kWitnesses) {
    if (value == kind) {
      return std::string(word);
    }
  }
  return "witness";
}

std::string likelier(std::int64_t mn) {
  return times_of(mn) + " the odds";
}

std::string first_of(const Factor& factor, const Called& called) {
  return factor.event_ids.empty() ? "the strongest report" : called(factor.event_ids.front());
}

std::string prior_words(const Factor& factor, const Called& called) {
  const std::string odds = factor.total_mn >= 0 ? times(factor.total_mn) + " likelier true than not"
                                                : times(-factor.total_mn) + " likelier not true";
  const std::string witness = witness_word(factor.witness);
  const bool vowel = std::string_view("aeiou").find(witness.front()) != std::string_view::npos &&
                     factor.witness != WitnessKind::unit;
  return "The strongest is " + first_of(factor, called) + ": a report by " +
         (vowel ? "an " : "a ") + witness + ", alone, is " + odds;
}
std::string kind_words(const Factor& factor, const Called&) {
  return "What it reports (" + factor.about + ") makes it " + likelier(factor.total_mn);
}
std::string own_words(const Factor& factor, const Called&) {
  return "Its source itself is " + percent(500 + factor.effective_milli) +
         " sure: " + likelier(factor.total_mn);
}
std::string witnesses_words(const Factor& factor, const Called&) {
  const std::string who = count(factor.count, "independent " + witness_word(factor.witness));
  if (factor.count == 1) {
    return who + " beside the strongest report: " + likelier(factor.total_mn);
  }
  return who + " count like " + nats(factor.effective_milli) +
         " beside the strongest report, since witnesses of one kind err together: " +
         likelier(factor.total_mn);
}
std::string fits_words(const Factor& factor, const Called& called) {
  return "It nearly joined what a credible witness reports (" + first_of(factor, called) +
         " did): " + likelier(factor.total_mn);
}
std::string alone_words(const Factor& factor, const Called&) {
  return "One " + witness_word(factor.witness) + " said it " + std::to_string(factor.count) +
         " times, copies included, and nobody else did: " + likelier(factor.total_mn);
}
std::string retracted_words(const Factor& factor, const Called&) {
  return count(factor.count, "witness") + " took it back: " + likelier(factor.total_mn);
}
std::string cancelled_words(const Factor& factor, const Called&) {
  return "It was called off for " + count(factor.count, "witness") + ": " +
         likelier(factor.total_mn);
}
std::string limit_words(const Factor&, const Called&) {
  return "Surer than the limit is never claimed";
}

struct FactorRow {
  FactorKind factor;
  std::string_view about;
  std::string (*words)(const Factor&, const Called&);
};

// Every factor. A new one: one row.
constexpr std::array<FactorRow, 9> kFactors = {{
    {FactorKind::prior, "prior", prior_words},
    {FactorKind::kind, "kind", kind_words},
    {FactorKind::own, "own", own_words},
    {FactorKind::witnesses, "witnesses", witnesses_words},
    {FactorKind::fits, "fits", fits_words},
    {FactorKind::alone, "alone", alone_words},
    {FactorKind::retracted, "retracted", retracted_words},
    {FactorKind::cancelled, "cancelled", cancelled_words},
    {FactorKind::limit, "limit", limit_words},
}};

Fact fact_of(const Factor& factor, const Called& called) {
  Values values{{"total_mn", factor.total_mn}, {"count", factor.count}};
  for (const FactorRow& row : kFactors) {
    if (row.factor == factor.factor) {
      return {"confidence_" + std::string(row.about), row.words(factor, called) + ".",
              std::move(values)};
    }
  }
  return {"confidence",
          "A factor that this version does not know: " + likelier(factor.total_mn) + ".",
          std::move(values)};
}

}  // namespace

std::vector<Fact> confidence_facts(const IncidentContent& content, const Called& called) {
  std::vector<Fact> facts;
  if (content.factors.empty()) {
    return facts;
  }
  facts.push_back(
      {"confidence",
       "That something real happened is true in " + chance_words(content.confidence_permille) +
           " such cases.",
       {{"confidence_permille", content.confidence_permille}, {"odds_mn", content.odds_mn}}});
  for (const Factor& factor : content.factors) {
    facts.push_back(fact_of(factor, called));
  }
  return facts;
}

}  // namespace fusiond::explain
