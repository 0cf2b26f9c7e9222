import UIKit

/// 付款码 on the app's icon (R20). The item itself stands in Info.plist.
final class SceneDelegate: UIResponder, UIWindowSceneDelegate {
  var window: UIWindow?
  private var card: CampusCardViewController?

  func scene(
    _ scene: UIScene, willConnectTo session: UISceneSession,
    options connectionOptions: UIScene.ConnectionOptions
  ) {
    guard let scene = scene as? UIWindowScene else { return }
    let card = CampusCardViewController(subject: "user-83715")
    self.card = card
    window = UIWindow(windowScene: scene)
    window?.rootViewController = UINavigationController(rootViewController: card)
    window?.makeKeyAndVisible()
    // A cold start by the shortcut: the bridge keeps it until the page has said hello.
    if let item = connectionOptions.shortcutItem { open(item) }
  }

  func windowScene(
    _ windowScene: UIWindowScene, performActionFor item: UIApplicationShortcutItem
  ) async -> Bool {
    open(item)
  }

  @discardableResult
  private func open(_ item: UIApplicationShortcutItem) -> Bool {
    guard let screen = item.userInfo?["screen"] as? String else { return false }
    card?.open(screen: screen)
    return true
  }
}
