// The loader of this page: fetches the module, shows how far it is, starts it, and says
// in plain words what went wrong if it does. Written by gomedic wasm bundle.
(() => {
	"use strict";
	const config = /*CONFIG*/null/*CONFIG*/;
	const root = document.documentElement;
	const began = performance.now();

	// The state is on the root element for tests and monitors:
	// waiting, loading, starting, running, exited, failed:KIND.
	const state = (s) => { root.dataset.gomedic = s; };
	const wanted = (navigator.languages && navigator.languages.length ? navigator.languages : [navigator.language || "en"]);
	const lang = /^zh\b/i.test(wanted.find((l) => /^(zh|en)\b/i.test(l)) || "en") ? "zh" : "en";
	const say = (key, ...args) => (config.texts[lang][key] || key).replace(/\{(\d)\}/g, (_, i) => args[i]);
	const size = (n) => n >= 1e6 ? (n / 1e6).toFixed(1) + " MB" : Math.ceil(n / 1e3) + " kB";

	// Fault is a failure whose kind is known; details are lines for whoever mends it.
	class Fault extends Error {
		constructor(kind, message, details) {
			super(message);
			this.kind = kind;
			this.details = details || {};
		}
	}

	// What the browser and the program say, for the details.
	const policies = [], said = [];
	document.addEventListener("securitypolicyviolation", (e) => {
		policies.push({ directive: e.effectiveDirective || e.violatedDirective, blocked: e.blockedURI, policy: e.originalPolicy });
	});

	// ---- what people see -------------------------------------------------------

	const make = (tag, props, ...children) => {
		const e = Object.assign(document.createElement(tag), props);
		e.append(...children);
		return e;
	};
	let shell, body;
	// open puts the card beside the body, where a program that replaces the body's
	// contents leaves it alone.
	const open = () => {
		shell = shell || document.getElementById("gomedic") || make("div", { id: "gomedic", className: "gomedic" });
		body = shell.querySelector(".gomedic-body");
		if (!body) {
			body = make("div", { className: "gomedic-body" });
			shell.append(make("div", { className: "gomedic-card" },
				make("div", { className: "gomedic-head" }, make("h1", { textContent: config.title })), body));
		}
		root.append(shell);
		shell.hidden = false;
		body.textContent = "";
	};
	const close = () => { shell.remove(); };

	let bar, track, what, much;
	const progress = () => {
		open();
		root.lang = lang === "zh" ? "zh-CN" : "en";
		bar = make("div", { className: "gomedic-bar" });
		track = make("div", { className: "gomedic-track" }, bar);
		track.setAttribute("role", "progressbar");
		track.setAttribute("aria-label", config.title);
		track.setAttribute("aria-valuemin", "0");
		track.setAttribute("aria-valuemax", "100");
		what = make("span", { textContent: say("loading") });
		much = make("span");
		body.append(track, make("div", { className: "gomedic-line" }, what, much));
	};
	const advance = (n) => {
		const share = Math.min(1, n / config.module.bytes);
		bar.style.width = (share * 100).toFixed(1) + "%";
		track.setAttribute("aria-valuenow", String(Math.round(share * 100)));
		much.textContent = say("of", size(n), size(config.module.bytes));
	};
	const busy = (key) => {
		what.textContent = say(key);
		body.classList.add("gomedic-busy");
		track.removeAttribute("aria-valuenow");
	};

	let ended = false;
	const fail = (fault) => {
		if (ended) return;
		ended = true;
		if (!(fault instanceof Fault)) {
			fault = new Fault("unknown", String(fault && fault.message || fault), { stack: fault && fault.stack });
		}
		state("failed:" + fault.kind);
		if (!config.texts.en["title." + fault.kind]) fault.kind = "unknown";
		open();
		body.classList.remove("gomedic-busy");
		const id = config.ids[fault.kind];
		const quiet = fault.kind === "exited";
		// A program without a toolkit may have done its work and leave its page: that is
		// not hidden.
		shell.classList.toggle("gomedic-banner", quiet && !config.gui);
		const lines = [
			[say("detail.what"), fault.message],
			[say("detail.id"), id],
			...Object.entries(fault.details).map(([k, v]) => [config.texts[lang]["detail." + k] || k, v]),
			...(policies.length && fault.kind !== "csp" ? [[say("detail.policy"), policies.map((p) => p.directive + " " + p.blocked).join("; ")]] : []),
			[say("detail.page"), location.href],
			[say("detail.module"), config.module.name + " · " + config.module.bytes + " B · " + config.module.sri],
			[say("detail.built"), config.built],
			[say("detail.browser"), navigator.userAgent],
			[say("detail.time"), new Date().toISOString() + ", " + say("detail.after", ((performance.now() - began) / 1000).toFixed(1))],
			...(said.length ? [[say("detail.said"), "\n" + said.slice(-60).join("\n")]] : []),
		].filter(([, v]) => v !== undefined && v !== null && v !== "");
		const text = config.title + "\n" + lines.map(([k, v]) => k + ": " + v).join("\n") + "\n";
		const copy = make("button", { type: "button", textContent: say("copy") });
		const pre = make("pre", { textContent: text, tabIndex: 0 });
		copy.onclick = async () => {
			let done = false;
			try {
				await navigator.clipboard.writeText(text);
				done = true;
			} catch {
				const range = document.createRange(); // an old browser, or a page without https
				range.selectNodeContents(pre);
				details.open = true;
				getSelection().removeAllRanges();
				getSelection().addRange(range);
				try { done = document.execCommand("copy"); } catch { }
			}
			copy.textContent = say(done ? "copied" : "copy.self");
		};
		const again = make("button", { type: "button", className: "gomedic-first", textContent: say(["panic", "deadlock", "exit", "exited", "memory"].includes(fault.kind) ? "restart" : "reload") });
		again.onclick = () => location.reload();
		const buttons = make("div", { className: "gomedic-buttons" }, again);
		if (fault.anyway) {
			const anyway = make("button", { type: "button", textContent: say("anyway") });
			anyway.onclick = () => { ended = false; fault.anyway(); };
			buttons.append(anyway);
		}
		buttons.append(copy);
		const details = make("details", {}, make("summary", { textContent: say("details") + (id ? " · " + id : "") }), pre);
		const box = make("div", { className: "gomedic-fault" + (quiet ? " gomedic-quiet" : "") },
			make("h2", { textContent: say("title." + fault.kind) }),
			make("p", { textContent: say("text." + fault.kind) }));
		box.setAttribute("role", "alert");
		body.append(box, buttons, details);
		console.error("gomedic: " + text);
	};

	// ---- fetching ----------------------------------------------------------------

	const violated = (...names) => policies.find((p) => names.some((n) => p.directive.startsWith(n)));
	const tick = () => new Promise((r) => setTimeout(r, 50)); // violations are told a little later

	// request fetches a file of the bundle, or says why it does not come.
	const request = async (name, options) => {
		const url = new URL(name, document.baseURI);
		const about = { url: url.href };
		let response;
		try {
			response = await fetch(url, options);
		} catch (e) {
			await tick();
			const p = violated("connect-src", "default-src");
			if (p) throw new Fault("csp", e.message, { ...about, directive: p.directive, rule: p.policy });
			if (location.protocol === "file:") throw new Fault("file", e.message, about);
			if (navigator.onLine === false) throw new Fault("offline", e.message, about);
			if (url.origin !== location.origin || location.protocol === "https:" && url.protocol === "http:") {
				throw new Fault("blocked", e.message, about);
			}
			throw new Fault("http", e.message, about);
		}
		about.status = response.status + " " + response.statusText;
		about.type = response.headers.get("Content-Type") || "–";
		about.encoding = response.headers.get("Content-Encoding") || undefined;
		if (response.redirected) about.redirected = response.url;
		if (!response.ok) throw new Fault("http", "HTTP " + about.status.trim(), about);
		return { response, about };
	};

	const looks = (b) => {
		if (b[0] === 0x1f && b[1] === 0x8b) return "gzip";
		const text = new TextDecoder().decode(b.subarray(0, 512)).replace(/^\ufeff?\s+/, "").toLowerCase();
		if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<head")) return "HTML";
		return "";
	};
	const hex = (b) => Array.from(b, (c) => c.toString(16).padStart(2, "0")).join(" ");
	const isModule = (b) => b.length >= 4 && b[0] === 0 && b[1] === 0x61 && b[2] === 0x73 && b[3] === 0x6d;

	// digest returns the SRI of bytes; "" where the browser gives no digests, as on
	// pages without https.
	const digest = async (bytes) => {
		if (!globalThis.crypto || !crypto.subtle) return "";
		const sum = new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
		return "sha384-" + btoa(String.fromCharCode(...sum));
	};

	const explain = async (e, about) => {
		if (e instanceof Fault) return e;
		await tick();
		const text = String(e && e.message || e);
		const p = violated("script-src", "default-src");
		if (p || /content security policy|unsafe-eval|disallowed by embedder|blocked by CSP/i.test(text)) {
			return new Fault("csp", text, { ...about, directive: p && p.directive, rule: p && p.policy });
		}
		if (e instanceof RangeError || /out of memory|could not allocate|cannot allocate memory/i.test(text)) return new Fault("memory", text, about);
		if (e instanceof WebAssembly.LinkError || e instanceof TypeError && /import/i.test(text)) return new Fault("execjs", text, about);
		return new Fault("damaged", text, about);
	};

	// download reads the module with progress. It compiles while bytes come in, where
	// the browser can, whatever type the server gave it.
	const download = async () => {
		const { response, about } = await request(config.module.url, { credentials: "same-origin" });
		const chunks = [];
		let received = 0, feed;
		let compiled;
		const take = (chunk) => {
			if (received === 0 && chunk.length >= 4 && isModule(chunk) && WebAssembly.compileStreaming && globalThis.ReadableStream) {
				const stream = new ReadableStream({ start: (c) => { feed = c; } });
				compiled = WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
				compiled.catch(() => { feed = null; });
			}
			chunks.push(chunk);
			received += chunk.length;
			if (feed) feed.enqueue(chunk);
			advance(received);
			if (received > config.module.bytes + (64 << 20)) throw new Fault("integrity", say("more", received), about);
		};
		try {
			if (response.body && response.body.getReader) {
				const reader = response.body.getReader();
				for (;;) {
					const { done, value } = await reader.read();
					if (done) break;
					take(value);
				}
			} else {
				take(new Uint8Array(await response.arrayBuffer()));
			}
		} catch (e) {
			try { feed && feed.error(e); } catch { }
			if (e instanceof Fault) throw e;
			throw new Fault(navigator.onLine === false ? "offline" : "truncated", String(e.message || e), { ...about, received: received + " / " + config.module.bytes });
		}
		let bytes = new Uint8Array(received), at = 0;
		for (const c of chunks) {
			bytes.set(c, at);
			at += c.length;
		}
		about.received = received + " / " + config.module.bytes;
		const broken = (fault) => {
			try { feed && feed.error(fault); } catch { }
			throw fault;
		};
		if (received > 0 && !isModule(bytes)) {
			const like = looks(bytes);
			broken(new Fault("notwasm", like ? say("looks", like) : say("begins", hex(bytes.subarray(0, 8))), about));
		}
		if (received < config.module.bytes) {
			const sum = config.module.sri && await digest(bytes);
			// A whole module of another build is no truncated one.
			if (!(sum && WebAssembly.validate(bytes))) broken(new Fault("truncated", say("short", received, config.module.bytes), about));
			broken(new Fault("integrity", say("other", sum), about));
		}
		busy("checking");
		const sum = await digest(bytes);
		if (received !== config.module.bytes || sum && sum !== config.module.sri) {
			broken(new Fault("integrity", sum ? say("other", sum) : say("more", received), about));
		}
		if (about.type.split(";")[0].trim().toLowerCase() !== "application/wasm") {
			console.warn("gomedic: wasm/mime: " + say("mime", about.url, about.type));
		}
		busy("compiling");
		try {
			if (feed) {
				feed.close();
				return { module: await compiled, about };
			}
			if (compiled) await compiled; // it failed: the reason
			return { module: await WebAssembly.compile(bytes), about };
		} catch (e) {
			throw await explain(e, about);
		}
	};

	// script loads wasm_exec.js.
	const script = async () => {
		const url = new URL(config.execJS.url, document.baseURI);
		await new Promise((resolve, reject) => {
			const e = make("script", { src: url.href, integrity: config.execJS.sri, crossOrigin: "anonymous" });
			e.onload = resolve;
			e.onerror = () => reject(new Error(say("script", url.href)));
			document.head.append(e);
		}).catch(async (e) => {
			await tick();
			const p = violated("script-src", "default-src");
			if (p) throw new Fault("csp", e.message, { url: url.href, directive: p.directive, rule: p.policy });
			const { response, about } = await request(config.execJS.url);
			const sum = await digest(await response.arrayBuffer());
			if (sum && sum !== config.execJS.sri) throw new Fault("integrity", say("other", sum), about);
			const type = (about.type || "").toLowerCase();
			throw new Fault(/javascript|ecmascript/.test(type) ? "blocked" : "mime", e.message, about);
		});
		if (typeof Go !== "function") throw new Fault("execjs", say("nogo"), { url: url.href });
	};

	// ---- running -----------------------------------------------------------------

	const hasWebGL = () => {
		try {
			const canvas = document.createElement("canvas");
			const gl = canvas.getContext("webgl2") || canvas.getContext("webgl") || canvas.getContext("experimental-webgl");
			if (!gl) return false;
			const lose = gl.getExtension("WEBGL_lose_context");
			if (lose) lose.loseContext();
			return true;
		} catch {
			return false;
		}
	};

	// listen keeps what the program writes to its standard error and output.
	const listen = () => {
		const write = globalThis.fs && globalThis.fs.writeSync;
		if (!write) return;
		const decoder = new TextDecoder();
		let line = "";
		globalThis.fs.writeSync = function (fd, buf) {
			try {
				line += decoder.decode(buf, { stream: true });
				const lines = line.split("\n");
				line = lines.pop().slice(-4096);
				said.push(...lines);
				if (said.length > 400) said.splice(0, said.length - 300);
			} catch { }
			return write.apply(this, arguments);
		};
	};

	// wrote finds the line with which the program ended.
	const wrote = (re) => said.findLast ? said.findLast((l) => re.test(l)) : said.slice().reverse().find((l) => re.test(l));
	const verdict = (code, error) => {
		const details = { code: code === undefined ? undefined : String(code), stack: error && error.stack };
		const memory = wrote(/^(fatal error|runtime): .*(out of memory|cannot allocate memory)/);
		if (memory || error instanceof RangeError && /memory/i.test(error.message)) return new Fault("memory", memory || error.message, details);
		const panic = wrote(/^(panic|fatal error|runtime error): /);
		if (panic || error) {
			const message = panic || String(error.message || error);
			if (config.webgl && /webgl|opengl|gl context|getContext/i.test(said.slice(-60).join("\n")) && !hasWebGL()) return new Fault("nowebgl", message, details);
			return new Fault(/all goroutines are asleep/.test(message) ? "deadlock" : "panic", message, details);
		}
		if (code) return new Fault("exit", say("code", code), details);
		return new Fault("exited", say("code", 0), details);
	};

	const run = async () => {
		if (location.protocol === "file:") throw new Fault("file", location.href);
		if (typeof WebAssembly !== "object") throw new Fault("nowasm", say("missing", "WebAssembly"));
		const [, { module, about }] = await Promise.all([script(), download()]);
		const go = new Go();
		Object.assign(go.env, config.env);
		const missing = WebAssembly.Module.imports(module).filter((i) => !(go.importObject[i.module] && i.name in go.importObject[i.module]));
		if (missing.length) {
			throw new Fault("execjs", say("imports", missing.length, missing[0].module + "." + missing[0].name), { url: new URL(config.execJS.url, document.baseURI).href });
		}
		if (config.ratio) {
			try { Object.defineProperty(window, "devicePixelRatio", { get: () => config.ratio, configurable: true }); } catch { }
		}
		busy("starting");
		state("starting");
		await new Promise((r) => setTimeout(r, 20)); // lets the line be drawn
		let instance;
		try {
			instance = await WebAssembly.instantiate(module, go.importObject);
		} catch (e) {
			throw await explain(e, about);
		}
		listen();
		let code = 0;
		const exit = go.exit;
		go.exit = (c) => { code = c; if (c !== 0 && exit) console.warn("exit code:", c); };
		addEventListener("error", (e) => {
			if (e.error instanceof WebAssembly.RuntimeError || e.error instanceof RangeError && !go.exited) fail(verdict(undefined, e.error));
		});
		addEventListener("unhandledrejection", (e) => {
			if (e.reason instanceof WebAssembly.RuntimeError) fail(verdict(undefined, e.reason));
		});
		// The card goes once the program has put something on the page, or has had its
		// time: a program need not draw at once.
		const shown = new Promise((resolve) => {
			new MutationObserver((list, o) => {
				if (list.some((m) => !shell.contains(m.target))) {
					o.disconnect();
					requestAnimationFrame(() => setTimeout(resolve, 0));
				}
			}).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
			setTimeout(resolve, 4000);
		});
		const over = go.run(instance);
		shown.then(() => {
			if (ended || go.exited) return;
			close();
			state("running");
		});
		try {
			await over;
		} catch (e) {
			throw verdict(undefined, e);
		}
		state("exited");
		throw verdict(code);
	};

	const start = () => {
		state("loading");
		progress();
		run().catch(fail);
	};
	const begin = () => {
		if (config.webgl && !hasWebGL()) {
			const fault = new Fault("nowebgl", say("missing", "WebGL"));
			fault.anyway = start;
			fail(fault);
			return;
		}
		start();
	};
	if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
	else begin();
})();
