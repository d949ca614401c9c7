#include "daemon/config/refused_words.h"

#include <array>

namespace fusiond::config {
namespace {

using std::string_view;

constexpr std::array<string_view, 10> kRiskScore = {"risk score*",   "riskscore*",
                                                    "threat score*", "danger score*",
                                                    "dangerousness", "suspect score*",
                                                    "person score*", "citizen score*",
                                                    "trust score*",  "threat level of a person"};
constexpr std::array<string_view, 6> kOffenderList = {"heat list*",        "strategic subject*",
                                                      "chronic offender*", "offender list*",
                                                      "subject list*",     "usual suspects"};
constexpr std::array<string_view, 5> kGangList = {"gang member*", "gang database*", "gang list*",
                                                  "gang affiliat*", "known gang*"};
constexpr std::array<string_view, 11> kPrediction = {
    "predictive*",      "predicts*",        "predicted*",      "prediction*",
    "forecast*",        "precrime",         "pre crime",       "will offend",
    "likely to offend", "likely offender*", "future offender*"};
constexpr std::array<string_view, 4> kRecidivism = {"reoffend*", "recidiv*", "repeat offender*",
                                                    "propensity*"};
constexpr std::array<string_view, 8> kEmotion = {
    "emotion*",           "mood*",       "facial expression*", "micro expression*",
    "affect recognition", "anger level", "fear level",         "stress level"};
constexpr std::array<string_view, 3> kSentiment = {"sentiment*", "hostility score*",
                                                   "opinion score*"};
constexpr std::array<string_view, 2> kGait = {"gait*", "walking style*"};
constexpr std::array<string_view, 9> kFace = {"face match*",   "face recogni*",   "face id*",
                                              "faceprint*",    "face print*",     "face search*",
                                              "facial match*", "facial recogni*", "face list*"};
constexpr std::array<string_view, 3> kIris = {"iris scan*", "iris recogni*", "retina scan*"};
constexpr std::array<string_view, 4> kVoice = {"voiceprint*", "voice print*", "speaker recogni*",
                                               "voice id*"};
constexpr std::array<string_view, 4> kBiometric = {"biometric*", "fingerprint*", "palm print*",
                                                   "ear shape*"};
constexpr std::array<string_view, 3> kGenetic = {"dna", "genetic*", "genom*"};
constexpr std::array<string_view, 4> kSkin = {"skin tone*", "skin color*", "skin colour*",
                                              "complexion*"};
constexpr std::array<string_view, 12> kInferredClass = {
    "infer race*",       "infer religion*", "infer gender*",      "infer orientation*",
    "race estimat*",     "gender estimat*", "ethnicity estimat*", "age estimat*",
    "likely immigrant*", "surname origin*", "name origin*",       "nationality estimat*"};
constexpr std::array<string_view, 4> kDeception = {"lie detect*", "deception*", "polygraph*",
                                                   "truthfulness score*"};
constexpr std::array<string_view, 7> kAssociates = {
    "known associate*", "associates of",           "friend of suspect*", "social graph*",
    "contact network*", "link analysis of people", "follower of"};
constexpr std::array<string_view, 7> kPhoneTracking = {"imsi*",
                                                       "imei*",
                                                       "stingray*",
                                                       "cell site simulator*",
                                                       "tower dump*",
                                                       "geofence warrant*",
                                                       "reverse location*"};
constexpr std::array<string_view, 5> kDeviceTracking = {
    "mac address*", "advertising id*", "ad id list", "bluetooth id*", "wifi probe*"};
constexpr std::array<string_view, 6> kCriminalRecord = {"criminal history", "criminal record*",
                                                        "prior arrest*",    "arrest record*",
                                                        "rap sheet*",       "prior conviction*"};
constexpr std::array<string_view, 6> kHealthRecord = {
    "medical record*", "mental illness*", "psychiatric*", "diagnos*", "hiv", "medication list*"};
constexpr std::array<string_view, 5> kSchoolRecord = {
    "school record*", "truancy*", "juvenile list*", "juvenile record*", "student discipline*"};
constexpr std::array<string_view, 3> kCredit = {"credit score*", "credit rating*", "debt list*"};
constexpr std::array<string_view, 4> kHousing = {"tenant list*", "public housing resident*",
                                                 "eviction list*", "homeless list*"};
constexpr std::array<string_view, 6> kClothing = {"clothing style*", "hoodie*",    "gang colors",
                                                  "gang colours",    "headscarf*", "dress style*"};
constexpr std::array<string_view, 3> kLoitering = {"loiter*", "hanging around", "vagran*"};
constexpr std::array<string_view, 7> kNervous = {"nervous*",
                                                 "suspicious look*",
                                                 "suspicious person score*",
                                                 "abnormal behavio*",
                                                 "anomalous person*",
                                                 "suspicious behavior score*",
                                                 "suspicious behaviour score*"};
constexpr std::array<string_view, 5> kAlertDensity = {
    "alert density", "hot spot polic*", "hotspot polic*", "crime forecast*", "high crime area*"};

constexpr std::array kThings = {
    RefusedThing{"A-05-risk-score", "a score about a person", kRiskScore},
    RefusedThing{"A-05-offender-list", "a list of people who might offend", kOffenderList},
    RefusedThing{"A-05-gang-list", "membership of a gang", kGangList},
    RefusedThing{"A-05-prediction", "predicting who will offend", kPrediction},
    RefusedThing{"A-05-recidivism", "whether a person will offend again", kRecidivism},
    RefusedThing{"A-05-emotion", "reading emotions", kEmotion},
    RefusedThing{"A-05-sentiment", "reading sentiments of people", kSentiment},
    RefusedThing{"A-05-gait", "recognising people by how they walk", kGait},
    RefusedThing{"A-05-face", "matching faces", kFace},
    RefusedThing{"A-05-iris", "recognising people by their eyes", kIris},
    RefusedThing{"A-05-voice", "recognising people by their voice", kVoice},
    RefusedThing{"A-05-biometric", "other biometrics", kBiometric},
    RefusedThing{"A-05-genetic", "genes", kGenetic},
    RefusedThing{"A-05-skin", "the colour of a skin", kSkin},
    RefusedThing{"A-05-inferred-class", "inferring what is protected", kInferredClass},
    RefusedThing{"A-05-deception", "detecting lies", kDeception},
    RefusedThing{"A-05-associates", "a person's circle", kAssociates},
    RefusedThing{"A-05-phone-tracking", "following telephones", kPhoneTracking},
    RefusedThing{"A-05-device-tracking", "following devices", kDeviceTracking},
    RefusedThing{"A-05-criminal-record", "a person's record", kCriminalRecord},
    RefusedThing{"A-05-health-record", "a person's health", kHealthRecord},
    RefusedThing{"A-05-school-record", "a pupil's record", kSchoolRecord},
    RefusedThing{"A-05-credit", "a person's credit", kCredit},
    RefusedThing{"A-05-housing", "who lives where", kHousing},
    RefusedThing{"A-05-clothing", "how people dress", kClothing},
    RefusedThing{"A-05-loitering", "people who merely stand", kLoitering},
    RefusedThing{"A-05-nervous", "how people look", kNervous},
    RefusedThing{"A-05-alert-density", "how many alerts there were as a reason", kAlertDensity},
};

}  // namespace

std::span<const RefusedThing> refused_things() {
  return kThings;
}

}  // namespace fusiond::config
