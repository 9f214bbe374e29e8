// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap {

// malloc() for a process that needs a hundred megabytes for every scrape of a large map, and a few
// for the rest of the time. What one scrape frees, the next one takes: memory that is fresh from
// the system has to be cleared first, page by page, which took a seventh of the time of a scrape.

// To be called before there are threads.
void keep_memory_for_the_next_scrape();

// Gives back what is free: for when something large is over, such as a start. Thread-safe.
void give_memory_back();

// The same, if that is more than what is used and worth it: a map that was large once must not cost
// its memory for ever. Cheap enough for once a minute.
void give_much_memory_back();

}  // namespace bpfmap
