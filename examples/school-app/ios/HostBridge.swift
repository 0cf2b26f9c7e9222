import UIKit
import WebKit

/// What the widget may ask of the app (docs/host-bridge.md). It is a convenience, never a security
/// boundary: no code, token or password passes here.
@MainActor
protocol CampusCardHost: AnyObject {
  var canScan: Bool { get }
  func scan() async -> String?
  func setBrightness(_ level: CGFloat?)
  func setKeepAwake(_ on: Bool)
  func setCaptureGuard(_ on: Bool)
  func setShake(_ on: Bool)
  func closeCard()
  func openNative(_ page: String, _ params: [String: Any]) -> Bool
}

/// Answers `webkit.messageHandlers.ecodeHost.postMessage(request)` with the message that belongs to it,
/// and tells events.
@MainActor
final class HostBridge: NSObject, WKScriptMessageHandlerWithReply {
  static let name = "ecodeHost"

  private let origin: URL
  private weak var host: CampusCardHost?
  private weak var webView: WKWebView?
  /// The page has said hello. What happens before that waits, if it is worth it.
  private var isOpen = false
  private var waitingShortcut: String?

  init(origin: URL, host: CampusCardHost) {
    self.origin = origin
    self.host = host
  }

  func attach(to webView: WKWebView) {
    self.webView = webView
  }

  func userContentController(
    _ controller: WKUserContentController, didReceive message: WKScriptMessage
  ) async -> (Any?, String?) {
    // Frames of other origins have the handler as well: only our own page is answered.
    let sender = message.frameInfo
    guard sender.isMainFrame, sender.securityOrigin.protocol == origin.scheme,
      sender.securityOrigin.host == origin.host
    else { return (nil, "not our page") }
    guard let request = message.body as? [String: Any], let id = request["id"] as? String,
      let method = request["method"] as? String
    else { return (nil, "not a request") }
    let params = request["params"] as? [String: Any] ?? [:]
    if let result = await answer(method, params) {
      return (["v": 1, "id": id, "result": result], nil)
    }
    return (["v": 1, "id": id, "error": ["code": "unsupported", "message": method]], nil)
  }

  /// Tells the page an event; before its hello there is nobody to tell.
  func tell(_ event: String, _ params: [String: Any] = [:]) {
    guard isOpen else { return }
    let message: [String: Any] = ["v": 1, "event": event, "params": params]
    webView?.callAsyncJavaScript(
      "window.dispatchEvent(new CustomEvent('ecode-host', { detail: message }))",
      arguments: ["message": message], in: nil, in: .page)
  }

  /// From the app's icon. On a cold start it waits until the page has said hello.
  func tellShortcut(_ screen: String) {
    if isOpen {
      tell("shortcut", ["screen": screen])
    } else {
      waitingShortcut = screen
    }
  }

  /// Another page comes: what the one before had switched on is switched off.
  func reset() {
    isOpen = false
    host?.setBrightness(nil)
    host?.setKeepAwake(false)
    host?.setCaptureGuard(false)
    host?.setShake(false)
  }

  /// nil: this app does not know the method. NSNull: done, and nothing to say.
  private func answer(_ method: String, _ params: [String: Any]) async -> Any? {
    guard let host else { return nil }
    let isOn = params["on"] as? Bool ?? false
    switch method {
    case "hello":
      return hello(params["nonce"] as? String ?? "", host)
    case "scan":
      return (await host.scan() as Any?) ?? NSNull()
    case "brightness":
      host.setBrightness((params["level"] as? NSNumber).map { CGFloat(truncating: $0) })
    case "keepAwake":
      host.setKeepAwake(isOn)
    case "captureGuard":
      host.setCaptureGuard(isOn)
    case "shake":
      host.setShake(isOn)
    case "close":
      host.closeCard()
    case "openNative":
      let page = params["page"] as? String ?? ""
      guard host.openNative(page, params["params"] as? [String: Any] ?? [:]) else { return nil }
    default:
      return nil
    }
    return NSNull()
  }

  private func hello(_ nonce: String, _ host: CampusCardHost) -> [String: Any] {
    reset()
    isOpen = true
    var caps = ["brightness", "keepAwake", "captureGuard", "onCapture", "shake", "close", "openNative"]
    if host.canScan { caps.append("scan") }
    if let screen = waitingShortcut {
      waitingShortcut = nil
      // After this answer, which opens the way.
      Task { tell("shortcut", ["screen": screen]) }
    }
    let version = Bundle.main.object(forInfoDictionaryKey: "CFBundleShortVersionString") ?? ""
    return ["nonce": nonce, "name": "School App iOS \(version)", "caps": caps]
  }
}
