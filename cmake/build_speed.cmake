# Makes builds faster where the machine has the means: ccache for compiling, mold for linking.
include_guard(GLOBAL)

find_program(FUSIOND_CCACHE ccache)
if(FUSIOND_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${FUSIOND_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FUSIOND_CCACHE}")
endif()

find_program(FUSIOND_MOLD mold)
if(FUSIOND_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A file with Beast and TLS takes 2 GB to compile, a link with RocksDB nearly one: two links at a time are enough.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS linking=2)
set(CMAKE_JOB_POOL_LINK linking)
