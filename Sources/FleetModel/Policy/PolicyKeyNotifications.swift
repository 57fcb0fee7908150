// Who is told, and which scripts run (semantics 8 and 9).
extension PolicyKey {
  static let notificationKeys: [PolicyKey] = [
    .list("notifications.email", \.notifications.email, .email, flag: "notify-email", "Who gets mail"),
    .text(
      "notifications.slack", \.notifications.slack, .secret(isURL: true), flag: "notify-slack",
      "Slack webhook to post to"),
    .text(
      "notifications.webhook", \.notifications.webhook, .secret(isURL: true), flag: "notify-webhook",
      "Webhook to post JSON to"),
    .text(
      "notifications.alertmanager", \.notifications.alertmanager, .secret(isURL: true), flag: "notify-alertmanager",
      "Alertmanager to send alerts to"),
    .choice(
      "notifications.level", \.notifications.level, flag: "notify-level", "From what severity on somebody is told"),
    .text("notifications.smtp.host", \.fleet.mail.host, .text(.host), fleetOnly: true, "Mail server"),
    .integer(
      "notifications.smtp.port", \.fleet.mail.port, kind: .integer(1...65535), fleetOnly: true,
      "Port of the mail server"),
    .choice("notifications.smtp.tls", \.fleet.mail.tls, fleetOnly: true, "How mail is protected on its way"),
    .text("notifications.smtp.user", \.fleet.mail.user, .text(.userName), fleetOnly: true, "Login at the mail server"),
    .text(
      "notifications.smtp.password", \.fleet.mail.password, .secret(isURL: false), fleetOnly: true,
      "Password at the mail server"),
    .text("notifications.smtp.from", \.fleet.mail.from, .text(.email), fleetOnly: true, "Sender of mail"),
  ]

  static let hookKeys: [PolicyKey] = [
    .hook(.preStart, "Scripts before the VM starts; a failing one holds the start back"),
    .hook(.postStart, "Scripts after the VM started"),
    .hook(.preStop, "Scripts before the VM stops; a failing one holds the stop back"),
    .hook(.postStop, "Scripts after the VM stopped"),
    .hook(.onFailure, "Scripts when the VM turns critical"),
    .hook(.onRecovery, "Scripts when the VM is verified well again"),
  ]
}
