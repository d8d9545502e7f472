// Runs before the page's own scripts, in each frame and worker. It tells gomedic
// what WebAssembly does and keeps the last Go instances for a look at their memory. The
// page sees no new name: words and the state go out by the console, which only
// the debugger hears, and the functions wrapped are proxies of the real ones.
(token => {
	'use strict';
	const root = globalThis;
	if (typeof root.WebAssembly !== 'object' || typeof root.console !== 'object') return;
	const W = root.WebAssembly;
	const { apply, construct } = Reflect;
	const { create, defineProperty, getOwnPropertyDescriptor } = Object;
	const json = JSON.stringify, Real = Proxy, View = DataView, Bytes = Uint8Array, Text = TextDecoder;
	const then = Promise.prototype.then;
	const debug = console.debug.bind(console);
	const now = performance.now.bind(performance), origin = performance.timeOrigin;
	const exportsOf = getOwnPropertyDescriptor(W.Instance.prototype, 'exports').get;
	const bufferOf = getOwnPropertyDescriptor(W.Memory.prototype, 'buffer').get;

	const state = { instances: [] };
	let calls = 0, said = 0, written = 0;
	const say = (kind, detail) => {
		if (++said > 5000) return;
		detail.t = origin + now();
		debug(token, kind, json(detail));
	};
	const short = (s, n = 2000) => { s = '' + s; return s.length > n ? s.slice(0, n) : s; };
	const told = e => {
		try {
			return e && typeof e === 'object' ? { name: short(e.name), message: short(e.message) } : { name: '', message: short(e) };
		} catch { return { name: '', message: '' }; }
	};

	const replace = (owner, name, handler) => {
		const d = owner && getOwnPropertyDescriptor(owner, name);
		if (!d || typeof d.value !== 'function' || !d.configurable) return;
		const value = new Real(d.value, handler);
		defineProperty(owner, name, { ...d, value });
		if (handler.construct) defineProperty(d.value.prototype, 'constructor', { value, writable: true, configurable: true });
	};

	// A memory has grown, or the program ends: the stack says whose doing it is. Reading the stack deeper than
	// usual must not show to the page.
	const limit = Error, capture = Error.captureStackTrace;
	const stack = () => {
		const had = getOwnPropertyDescriptor(limit, 'stackTraceLimit');
		let text;
		try {
			if (had && had.writable) limit.stackTraceLimit = 64;
			const at = {};
			capture(at);
			text = short(at.stack, 8000);
		} catch {}
		if (had && had.writable) limit.stackTraceLimit = had.value;
		return text;
	};
	const grown = (slot, bytes) => say('grown', { id: slot.id, bytes, stack: ++slot.grown <= 400 ? stack() : '' });

	// The instance's imports, with those functions of Go heard that are called
	// seldom: the page's objects stay as they are.
	const heard = (imports, slot) => {
		if (imports === null || typeof imports !== 'object') return imports;
		try {
			for (const name of ['gojs', 'go']) {
				const real = imports[name];
				if (real === null || typeof real !== 'object') continue;
				const inner = create(real);
				const hear = (f, before) => {
					const native = real[f];
					if (typeof native !== 'function') return;
					defineProperty(inner, f, { value: new Real(native, { apply(t, self, args) {
						try { before(args[0] >>> 0, new View(apply(bufferOf, slot.memory, []))); } catch {}
						return apply(t, self, args);
					} }) });
				};
				let started = false;
				const start = () => { if (!started) { started = true; watchDrawing(slot.id); say('run', { id: slot.id }); } };
				// The runtime asks for random bytes when it starts.
				hear('runtime.getRandomData', start);
				hear('runtime.resetMemoryDataView', (sp, v) => grown(slot, v.buffer.byteLength));
				hear('runtime.wasmExit', (sp, v) => say('exit', { id: slot.id, code: v.getInt32(sp + 8, true), stack: stack() }));
				hear('runtime.wasmWrite', (sp, v) => {
					const n = v.getInt32(sp + 24, true), p = Number(v.getBigInt64(sp + 16, true));
					if (n <= 0 || written > 1 << 20) return;
					written += n;
					say('write', { id: slot.id, fd: Number(v.getBigInt64(sp + 8, true)),
						text: new Text().decode(new Bytes(v.buffer, p, Math.min(n, 1 << 16))) });
				});
				const outer = create(imports);
				defineProperty(outer, name, { value: inner });
				return outer;
			}
		} catch {}
		return imports;
	};

	const memoryOf = exports => {
		for (const name of ['mem', 'memory']) if (exports[name] instanceof W.Memory) return exports[name];
		for (const name in exports) if (exports[name] instanceof W.Memory) return exports[name];
		return null;
	};
	// Of Go programs the last is looked at, and the one before it until that is known. What
	// is older lives as long as the page wants; numbers stay what they are. A slot belongs
	// to what its instance imports, and ends with it.
	const kept = 2;
	const keep = (slot, instance) => {
		try {
			const exports = apply(exportsOf, instance, []), all = state.instances;
			slot.memory = memoryOf(exports);
			const names = Object.keys(exports).slice(0, 200);
			if (slot.memory && typeof exports.getsp === 'function' && typeof exports.resume === 'function') {
				all.push({ memory: slot.memory, exports: names, instance });
				if (all.length > kept) all[all.length - 1 - kept] = null;
			}
			say('instance', { id: slot.id, exports: names.slice(0, 20), memory: slot.memory ? bufferOf.call(slot.memory).byteLength : 0 });
		} catch {}
	};
	const modules = new WeakMap();
	const shape = module => {
		try {
			return { imports: W.Module.imports(module).slice(0, 500).map(i => [short(i.module), short(i.name), i.kind]),
				exports: W.Module.exports(module).slice(0, 50).map(e => short(e.name)),
				tinygo: W.Module.customSections(module, 'producers').slice(0, 4).some(b => new Text().decode(new Bytes(b).subarray(0, 4096)).includes('TinyGo')) };
		} catch { return null; }
	};
	const have = imports => {
		const out = {};
		try {
			for (const m of ['gojs', 'go', 'env', 'wasi_snapshot_preview1']) {
				const names = imports && imports[m];
				if (names && typeof names === 'object') out[m] = Object.keys(names).slice(0, 200);
			}
		} catch {}
		return out;
	};

	// Which answer of a server is streamed into a module.
	const from = (source, id) => {
		const tell = r => {
			if (root.Response && r instanceof root.Response) say('source', { id, url: short(r.url), status: r.status, type: short(r.type) });
		};
		try {
			if (source instanceof Promise) apply(then, source, [tell, e => say('source', { id, error: told(e) })]);
			else tell(source);
		} catch {}
	};

	const watch = (op, asks) => ({
		apply(t, self, args) {
			const id = ++calls, slot = { id, memory: null, grown: 0 };
			const source = args[0];
			const word = { id, op };
			try {
				if (source instanceof W.Module) word.module = modules.get(source) || 0;
				else if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) {
					const b = ArrayBuffer.isView(source) ? new Bytes(source.buffer, source.byteOffset, source.byteLength) : new Bytes(source);
					word.size = b.byteLength;
					word.head = Array.from(b.subarray(0, 8));
				}
				if (asks) word.have = have(args[1]);
			} catch {}
			say('begin', word);
			if (op.endsWith('Streaming')) from(source, id);
			if (asks && args.length > 1) { args = [...args]; args[1] = heard(args[1], slot); }
			const promise = apply(t, self, args);
			const done = value => {
				if (op.startsWith('compile')) { modules.set(value, id); say('end', { id, op, shape: shape(value) }); return; }
				const module = value instanceof W.Instance ? source : value.module;
				if (!(source instanceof W.Module)) modules.set(module, id);
				say('end', { id, op, shape: shape(module) });
				keep(slot, value instanceof W.Instance ? value : value.instance);
			};
			try {
				apply(then, promise, [value => { try { done(value); } catch {} }, e => say('end', { id, op, error: told(e) })]);
			} catch {}
			return promise;
		},
	});
	replace(W, 'compile', watch('compile', false));
	replace(W, 'compileStreaming', watch('compileStreaming', false));
	replace(W, 'instantiate', watch('instantiate', true));
	replace(W, 'instantiateStreaming', watch('instantiateStreaming', true));
	const make = (op, asks) => ({
		construct(t, args, target) {
			const id = ++calls, slot = { id, memory: null, grown: 0 };
			const word = { id, op };
			if (asks) { word.module = modules.get(args[0]) || 0; word.have = have(args[1]); }
			say('begin', word);
			if (asks && args.length > 1) { args = [...args]; args[1] = heard(args[1], slot); }
			let made;
			try {
				made = construct(t, args, target);
			} catch (e) {
				say('end', { id, op, error: told(e) });
				throw e;
			}
			try {
				if (!asks) modules.set(made, id);
				say('end', { id, op, shape: shape(asks ? args[0] : made) });
				if (asks) keep(slot, made);
			} catch {}
			return made;
		},
	});
	replace(W, 'Module', make('Module', false));
	replace(W, 'Instance', make('Instance', true));

	// The first change that the program makes to the page.
	let drawn = false, running = 0;
	const drew = how => { if (running && !drawn) { drawn = true; say('drawn', { id: running, how }); } };
	const watchDrawing = id => {
		if (running) return;
		running = id;
		if (typeof MutationObserver !== 'function' || !root.document) return;
		const o = new MutationObserver(() => { o.disconnect(); drew('dom'); });
		o.observe(root.document, { childList: true, subtree: true, attributes: true, characterData: true });
	};
	for (const name of ['HTMLCanvasElement', 'OffscreenCanvas']) {
		if (typeof root[name] !== 'function') continue;
		replace(root[name].prototype, 'getContext', {
			apply(t, self, args) {
				const context = apply(t, self, args);
				try {
					const type = short(args[0]);
					say('context', { type, ok: context !== null, running: running !== 0 });
					if (context !== null) drew('canvas');
				} catch {}
				return context;
			},
		});
	}
	if (root.document) {
		root.addEventListener('webglcontextlost', () => say('contextlost', {}), true);
	}
	debug(token, 'state', state);
})
