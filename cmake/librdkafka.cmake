# RdKafka::rdkafka, the Kafka client: the static librdkafka that `deploy/install build` makes.
# Looked for in FUSIOND_RDKAFKA (a CMake or environment variable), then in the cache folder that deploy/env names.
# Without it Debian's librdkafka 2.0.2 is taken, with a warning: it cannot log in by SCRAM to Kafka 4 and may abort
# when a consumer is closed just after it subscribed.
include_guard(GLOBAL)
set(fusiond_rdkafka_version 2.12.1)

if(NOT FUSIOND_RDKAFKA)
  if(DEFINED ENV{FUSIOND_RDKAFKA})
    set(FUSIOND_RDKAFKA "$ENV{FUSIOND_RDKAFKA}")
  elseif(DEFINED ENV{FUSIOND_CACHE})
    set(FUSIOND_RDKAFKA "$ENV{FUSIOND_CACHE}/librdkafka-${fusiond_rdkafka_version}")
  elseif(DEFINED ENV{XDG_CACHE_HOME})
    set(FUSIOND_RDKAFKA "$ENV{XDG_CACHE_HOME}/fusiond/librdkafka-${fusiond_rdkafka_version}")
  else()
    set(FUSIOND_RDKAFKA "$ENV{HOME}/.cache/fusiond/librdkafka-${fusiond_rdkafka_version}")
  endif()
endif()

if(EXISTS "${FUSIOND_RDKAFKA}/lib/librdkafka.a")
  find_package(Threads REQUIRED)
  find_package(ZLIB REQUIRED)
  find_package(OpenSSL REQUIRED)
  find_package(CURL REQUIRED)
  add_library(RdKafka::rdkafka STATIC IMPORTED GLOBAL)
  set_target_properties(RdKafka::rdkafka PROPERTIES
    IMPORTED_LOCATION "${FUSIOND_RDKAFKA}/lib/librdkafka.a"
    INTERFACE_COMPILE_DEFINITIONS LIBRDKAFKA_STATICLIB
    INTERFACE_INCLUDE_DIRECTORIES "${FUSIOND_RDKAFKA}/include"
    INTERFACE_LINK_LIBRARIES "CURL::libcurl;OpenSSL::SSL;OpenSSL::Crypto;ZLIB::ZLIB;sasl2;zstd;lz4;Threads::Threads;${CMAKE_DL_LIBS};m")
  message(STATUS "librdkafka ${fusiond_rdkafka_version}, static: ${FUSIOND_RDKAFKA}")
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(fusiond_debian_rdkafka QUIET IMPORTED_TARGET GLOBAL rdkafka)
  if(NOT fusiond_debian_rdkafka_FOUND)
    message(FATAL_ERROR "No librdkafka in ${FUSIOND_RDKAFKA}, nor one of Debian's. Run: deploy/install build")
  endif()
  message(WARNING "librdkafka ${fusiond_rdkafka_version} is not in ${FUSIOND_RDKAFKA}; Debian's "
    "${fusiond_debian_rdkafka_VERSION} is used. It fails SCRAM log-ins to Kafka 4. Better run: deploy/install build")
  add_library(RdKafka::rdkafka ALIAS PkgConfig::fusiond_debian_rdkafka)
endif()
