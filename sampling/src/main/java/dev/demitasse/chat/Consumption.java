package dev.demitasse.chat;

/** How a turn's output is consumed. */
enum Consumption {
    /** By a thread that stays to the end: the session is busy until its last callback has returned. */
    AWAITED,
    /** By a loop, which may be abandoned: the turn ends without it. */
    ITERATED,
    /** By a subscriber who says how much it wants: the model writes little more. */
    ON_DEMAND
}
