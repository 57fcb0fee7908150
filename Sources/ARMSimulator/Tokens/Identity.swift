/// Who the simulator's callers are: one user-assigned managed identity.
enum Identity {
  static let objectID = "0b1ec700-0000-4000-8000-00000000a211"
  static let applicationID = "a9900000-0000-4000-8000-00000000a211"
}
