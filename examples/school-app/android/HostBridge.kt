package edu.school.campuscard

import android.net.Uri
import android.webkit.WebView
import androidx.webkit.JavaScriptReplyProxy
import androidx.webkit.WebMessageCompat
import androidx.webkit.WebViewCompat
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/** What the widget may ask of the app (docs/host-bridge.md). No code, token or password passes here. */
interface CampusCardHost {
    /** What works on this phone now. */
    val caps: List<String>

    /** Calls back once: with the text as it is, or null when the person came back without. */
    fun scan(done: (String?) -> Unit)

    /** 0 to 1, of this window only; null gives it back to the system. */
    fun setBrightness(level: Float?)
    fun setKeepAwake(on: Boolean)
    fun setCaptureGuard(on: Boolean)
    fun setShake(on: Boolean)
    fun closeCard()

    /** False: there is no such page in this app. */
    fun openNative(page: String, params: JSONObject): Boolean
}

/**
 * The object `ecodeHost` of the page. It is there for the origins that `addWebMessageListener` was given,
 * and in no other; all of it runs on the main thread.
 */
class HostBridge(private val host: CampusCardHost) : WebViewCompat.WebMessageListener {
    /** The page that has said hello last. */
    private var page: JavaScriptReplyProxy? = null
    private var waitingShortcut: String? = null

    val isOpen get() = page != null

    override fun onPostMessage(
        view: WebView,
        message: WebMessageCompat,
        sourceOrigin: Uri,
        isMainFrame: Boolean,
        replyProxy: JavaScriptReplyProxy,
    ) {
        if (!isMainFrame) return
        val request = parse(message.data) ?: return
        val id = request.optString("id")
        val params = request.optJSONObject("params") ?: JSONObject()
        when (val method = request.optString("method")) {
            "hello" -> hello(id, params, replyProxy)
            "scan" -> host.scan { text -> answer(replyProxy, id, text ?: JSONObject.NULL) }
            "openNative" -> {
                val inside = params.optJSONObject("params") ?: JSONObject()
                val opened = host.openNative(params.optString("page"), inside)
                if (opened) answer(replyProxy, id, JSONObject.NULL) else refuse(replyProxy, id, method)
            }
            else -> {
                if (act(method, params)) answer(replyProxy, id, JSONObject.NULL)
                else refuse(replyProxy, id, method)
            }
        }
    }

    /** Tells the page an event; before its hello there is nobody to tell. */
    fun tell(event: String, params: JSONObject = JSONObject()) {
        page?.postMessage(JSONObject().put("v", 1).put("event", event).put("params", params).toString())
    }

    /** From the app's icon. On a cold start it waits until the page has said hello. */
    fun tellShortcut(screen: String) {
        if (isOpen) tell("shortcut", JSONObject().put("screen", screen)) else waitingShortcut = screen
    }

    /** Another page comes: what the one before had switched on is switched off. */
    fun reset() {
        page = null
        host.setBrightness(null)
        host.setKeepAwake(false)
        host.setCaptureGuard(false)
        host.setShake(false)
    }

    private fun hello(id: String, params: JSONObject, replyProxy: JavaScriptReplyProxy) {
        reset()
        page = replyProxy
        val result = JSONObject()
            .put("nonce", params.optString("nonce"))
            .put("name", "School App Android ${BuildConfig.VERSION_NAME}")
            .put("caps", JSONArray(host.caps))
        answer(replyProxy, id, result)
        waitingShortcut?.let {
            waitingShortcut = null
            tellShortcut(it)
        }
    }

    /** @return Whether this app knows the method. */
    private fun act(method: String, params: JSONObject): Boolean {
        val isOn = params.optBoolean("on")
        when (method) {
            "brightness" ->
                host.setBrightness(if (params.isNull("level")) null else params.getDouble("level").toFloat())
            "keepAwake" -> host.setKeepAwake(isOn)
            "captureGuard" -> host.setCaptureGuard(isOn)
            "shake" -> host.setShake(isOn)
            "close" -> host.closeCard()
            else -> return false
        }
        return true
    }

    private fun answer(replyProxy: JavaScriptReplyProxy, id: String, result: Any) {
        replyProxy.postMessage(JSONObject().put("v", 1).put("id", id).put("result", result).toString())
    }

    private fun refuse(replyProxy: JavaScriptReplyProxy, id: String, method: String) {
        val error = JSONObject().put("code", "unsupported").put("message", method)
        replyProxy.postMessage(JSONObject().put("v", 1).put("id", id).put("error", error).toString())
    }

    private fun parse(text: String?): JSONObject? =
        try {
            JSONObject(text ?: "")
        } catch (_: JSONException) {
            null
        }
}
