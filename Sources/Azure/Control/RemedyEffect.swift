import FleetModel

/// What a remedy would do here, exactly, for the confirmation dialog.
enum RemedyEffect {
  /// nil: not possible on this machine.
  static func text(_ remedy: Remedy, _ machine: VirtualMachine, shell: Bool) -> String? {
    guard let path = machine.resourcePath else { return nil }
    let can = machine.abilities
    // A clean-up over a shell needs nothing of the control plane.
    let needed: ControlAbilities = remedy == .cleanDisk && !shell ? .run : remedy.needs
    guard can.isSuperset(of: needed) else { return nil }
    if machine.system == .windows, isScript(remedy) { return nil }
    let vm = "\(SafeText.line(path.group))/\(SafeText.line(path.name))"
    func post(_ action: String) -> String { "POST …/\(vm)/\(action)" }
    let script = "POST …/\(vm)/runCommand (as root, through the guest agent)"
    switch remedy {
    case .start: return "\(post("start")): the VM boots and is billed again; a dynamic public IP may change"
    case .stop:
      return "\(post("powerOff?skipShutdown=false")): the guest shuts down; the VM stays allocated and billed"
    case .restart: return "\(post("restart")): the guest reboots on the same host; IPs and temporary disk are kept"
    case .powerCycle:
      return "\(post("powerOff?skipShutdown=true")), then POST …/start: the plug is pulled without a shutdown; "
        + "unwritten data is lost; IPs and temporary disk are kept"
    case .redeploy:
      return "\(post("redeploy")): the VM moves to a new host and reboots; the temporary disk is LOST, dynamic IPs may "
        + "change"
    case .reapply: return "\(post("reapply")): Azure applies the VM's model again; no reboot"
    case .restartSSH: return "\(script): tests sshd's configuration and restarts the SSH service"
    case .restartNetwork:
      return "\(script): restarts the guest's network service and puts back addresses that do not return"
    case .cleanDisk:
      let way = shell ? "over SSH, else \(script)" : script
      return "\(way): deletes old files in /tmp and /var/tmp, package caches and rotated logs on the full disk"
    case .resetSSHConfiguration:
      return "PUT …/\(vm)/extensions/VMAccessForLinux {reset_ssh}: sshd's configuration is REPLACED by the "
        + "distribution's and sshd restarts"
    case .resetNetworkInterface:
      return "PUT of the network interface of \(vm) with another private IP, then with its own again: the VM REBOOTS "
        + "twice and its MAC address changes"
    }
  }

  static func isScript(_ remedy: Remedy) -> Bool {
    switch remedy {
    case .restartSSH, .restartNetwork, .cleanDisk, .resetSSHConfiguration: true
    default: false
    }
  }
}
