/*
 * JOB(name, setting, text)
 *
 * What must be done once in a fleet: done by the leading coordinator, every
 * settings.coordinator_<setting>_ms, never twice at a time. The function is
 * job_<name>() in coord/job_<name>.c.
 */
JOB(publish, publish_interval, "publish the catalog under the next epoch when it has changed")
JOB(snapshot, snapshot_interval, "publish what gateways saw of vendors as one snapshot")
JOB(pace,    pace_interval,    "work out what a dollar is worth to each budget that money moves in")
JOB(rollup,  rollup_interval,  "count what is in the ledgers into usage by hour and day")
JOB(expire,  expire_interval,  "move the money of overdue reservations to suspense")
