import FleetModel
import Testing

@testable import ARMSimulator

@Suite("Quotas are counted as Azure counts them")
struct ThrottleTests {
  let cloud = SimulatedCloud()

  @Test("One VM is read 36 times a minute; then 429 with the policy, and it comes back by and by")
  func lowCostGet() throws {
    let path = cloud.path(cloud.machine())
    for left in (0..<36).reversed() {
      let answer = cloud.get(path)
      #expect(answer.status == 200)
      #expect(
        answer.header("x-ms-ratelimit-remaining-resource")?.hasSuffix("Microsoft.Compute/LowCostGetResource;\(left)")
          == true)
    }
    let refused = cloud.get(path)
    #expect(refused.status == 429)
    #expect(refused.json["error"]["details"][0]["code"] == "TooManyRequests")
    #expect(refused.json["error"]["details"][0]["target"] == "LowCostGet")
    let wait = try #require(refused.header("Retry-After").flatMap { Int($0) })
    #expect(wait == 2)
    #expect(cloud.get(cloud.path(cloud.machine("vm-db-01"))).status == 200)
    cloud.pass(.seconds(wait))
    #expect(cloud.get(path).status == 200)
    #expect(cloud.simulator.counters.throttled == 1)
  }

  @Test("One VM is changed 12 times a minute")
  func updates() throws {
    let path = cloud.path(cloud.machine())
    for _ in 0..<12 { #expect(cloud.post(path + "/start").status != 429) }
    let refused = cloud.post(path + "/start")
    #expect(refused.status == 429)
    #expect(refused.json["error"]["details"][0]["target"] == "UpdateVM")
  }

  @Test("Resource Manager lets 250 reads through at once and 25 more each second")
  func reads() throws {
    let target = cloud.subscription
    let token = cloud.token()
    for left in (0..<250).reversed() {
      let answer = cloud.send(.get, target, token: token)
      #expect(answer.header("x-ms-ratelimit-remaining-subscription-reads") == "\(left)")
      #expect(answer.header("x-ms-ratelimit-remaining-subscription-global-reads") == "\(3500 + left)")
    }
    let refused = cloud.send(.get, target, token: token)
    #expect(refused.status == 429)
    #expect(refused.code == "SubscriptionRequestsThrottled")
    #expect(refused.header("Retry-After") == "1")
    #expect(refused.header("x-ms-failure-cause") == "gateway")
    cloud.pass(.seconds(1))
    var count = 0
    while cloud.send(.get, target, token: token).status == 200 { count += 1 }
    #expect(count == 25)
  }

  @Test("Resource Graph answers 15 queries in 5 s")
  func graph() {
    let target = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    for left in (0..<15).reversed() {
      let answer = cloud.post(target, ["query": "resources | count"])
      #expect(answer.status == 200)
      #expect(answer.header("x-ms-user-quota-remaining") == "\(left)")
      #expect(answer.header("x-ms-user-quota-resets-after") == "00:00:05")
    }
    let refused = cloud.post(target, ["query": "resources | count"])
    #expect(refused.status == 429)
    #expect(refused.code == "RateLimiting")
    #expect(refused.header("Retry-After") == "5")
    cloud.pass(.seconds(5))
    #expect(cloud.post(target, ["query": "resources | count"]).status == 200)
  }

  @Test("A storm refuses everything, and the counters tell")
  func storm() {
    cloud.simulator.inject(.throttled, for: .seconds(10))
    let refused = cloud.get(cloud.subscription)
    #expect(refused.status == 429)
    #expect(refused.header("Retry-After") == "5")
    cloud.pass(.seconds(10))
    #expect(cloud.get(cloud.subscription).status == 200)
    let counters = cloud.send(.get, "/azlin/simulator/counters", token: nil).json
    #expect(counters["total"] == 2)
    #expect(counters["throttled"] == 1)
  }
}
