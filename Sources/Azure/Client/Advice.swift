/// What an operator can do next, by the service's code.
enum Advice {
  static let conflict = "Look at its state, and wait for whatever is under way there"
  static let fault = "Try again in a few minutes; if it lasts, see azure.status.microsoft"
  static let refused = "Change what was asked for; if azlin asked by itself, report this with the request id"
  static let failed = "Look at the VM's state and its Activity Log before trying again"

  static func notFound(_ code: String) -> String {
    switch code.lowercased() {
    case "subscriptionnotfound": "Check the subscription's id, and that the identity is of its tenant"
    case "invalidresourcetype", "noregisteredproviderfound", "resourcetypenotsupported":
      "This cloud or endpoint does not know that kind of resource or api-version"
    case "resourcegroupnotfound": "The group was deleted or renamed"
    default: "It was deleted, moved or renamed, or the identity may not see it"
    }
  }

  /// Whether a 401 of this code is about the token: some services send one for a quota (recorded).
  static func isAboutToken(_ code: String) -> Bool {
    let code = code.lowercased()
    return code.isEmpty || code.contains("token") || code.contains("authentication")
  }

  /// nil: none beyond the general one.
  static func next(_ code: String) -> String? {
    switch code.lowercased() {
    case "allocationfailed", "zonalallocationfailed", "overconstrainedallocationrequest",
      "overconstrainedzonalallocationrequest":
      "Azure has no room for this size here now: try later, or with another size or zone"
    case "skunotavailable": "This size is not sold in that place: choose another size or region"
    case "quotaexceeded", "operationnotallowedquotaexceeded":
      "The subscription's quota of cores is used up: free some, or ask for more in the portal"
    case "osprovisioningtimedout", "osprovisioninginternalerror", "osprovisioningclienterror":
      "The guest did not come up in time: look at its serial log"
    case "vmagentstatuscommunicationerror":
      "The guest agent gives no word: check that it runs, and that the guest reaches 168.63.129.16"
    case "vmextensionprovisioningerror", "vmextensionprovisioningtimeout", "vmextensionhandlernontransienterror":
      "An extension failed in the guest: look at its status and its log in /var/log/azure"
    case "operationpreempted": "A newer operation took its place: wait for that one"
    case "anotheroperationinprogress": "Wait until the operation under way has ended"
    case "scopelocked": "A lock forbids it: remove the lock, or leave the resource alone"
    case "requestdisallowedbypolicy": "An Azure policy forbids it: ask who owns the policy"
    case "invalidquery", "parserfailure": "Resource Graph does not understand the query: report this"
    case "subscriptionrequeststhrottled", "toomanyrequests", "ratelimiting": "Ask less often"
    default: nil
    }
  }
}
