/* The power, and the ways to its end that the state machine doesn't go. PID 1 never exits. */
#pragma once

/* Ctrl-alt-del becomes a SIGINT to us; a fault of PID 1's own becomes one line, sync, power off. */
void power_guard(void);

/* Waits for sync() in a child, LIMIT_SYNC_MS at most. */
void power_sync(void);

/* Logs "power off: REASON" as the last line, and does it. */
_Noreturn void power_off(const char *reason);
