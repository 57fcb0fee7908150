import CLinux

/// The two network threads of the process.
package struct NetworkLoops: Sendable {
  /// Pings, connections, sessions that log in with key files.
  package let network: EpollExecutor
  /// Sessions that log in with the operator's agent, which may keep its thread waiting for a few seconds.
  package let agent: EpollExecutor

  /// Starts both threads; once a process, for they never end.
  package init() throws(MonitorFailure) {
    // A guest, an `ssh` or an agent may be gone while it is written to.
    _ = clinux_survive_broken_pipes()
    network = try EpollExecutor(name: "azlin-network")
    agent = try EpollExecutor(name: "azlin-agent")
  }
}
