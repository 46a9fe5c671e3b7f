/** EX_CONFIG of sysexits.h: an orchestrator need not try again before somebody has changed something. */
export const configExitCode = 78;
