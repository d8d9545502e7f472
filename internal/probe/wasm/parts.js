// Gathers, of the memory of the instance number n, the parts that tell what its
// goroutines do, in one go, into one Blob: the page stands for that long. at says where
// they are, see Parts. What their words may point to is taken in blocks, in rounds, for
// as long and as much as at allows.
//
// The Blob begins with the number of runs of blocks, then of each its first block and
// how many follow, as 32-bit words; then come the blocks.
function(n, at) {
	const slot = this.instances[n];
	if (!slot || LATER) return {size: -1, ms: 0};
	const begin = performance.now();
	const buffer = slot.memory.buffer, size = buffer.byteLength;
	const bytes = new Uint8Array(buffer), words = new Uint32Array(buffer);
	const marks = new Uint8Array(Math.ceil(size / at.block));
	let fresh = [], taken = 0, whole = true;
	const most = Math.floor(at.bytes / at.block);
	const late = () => performance.now() - begin > at.ms;

	// take marks the blocks from one address to another.
	const take = (from, to) => {
		if (!(from > 0 && from < to && to <= size)) return false;
		const end = Math.floor((to - 1) / at.block);
		for (let b = Math.floor(from / at.block); b <= end; b++) {
			if (marks[b]) continue;
			if (taken >= most) { whole = false; return false; }
			marks[b] = 1;
			taken++;
			fresh.push(b);
		}
		return true;
	};
	// word reads a word that is an address or a small number, else NaN.
	const word = a => a >= 0 && a + 8 <= size && a % 8 === 0 && words[a / 4 + 1] === 0 ? words[a / 4] : NaN;
	// follow marks what the words between two addresses may point to in the heap.
	const follow = (from, to) => {
		for (let i = Math.ceil(from / 8) * 2, end = Math.floor(Math.min(to, size) / 8) * 2; i < end; i += 2) {
			const v = words[i];
			if (words[i + 1] === 0 && v >= at.heap && v < size) take(v, Math.min(v + at.near, size));
		}
	};

	let sp = 0;
	try { sp = slot.instance.exports.getsp() >>> 0; } catch {}
	for (const [from, to] of at.plain) take(from, to);
	for (const [from, to] of at.pointers) take(from, to);
	fresh = [];
	const list = word(at.allgs), count = Math.min(word(at.allgs + 8) || 0, at.goroutines);
	take(list, list + 8 * count);
	for (let i = 0; i < count; i++) {
		const g = word(list + 8 * i);
		if (!take(g, g + at.g)) continue;
		const lo = word(g + at.lo), hi = word(g + at.hi), m = word(g + at.m);
		if (m > 0) take(m, m + at.thread);
		if (!(lo < hi)) continue;
		let from = word(g + at.sp);
		if (!(from >= lo && from < hi)) from = lo;
		if (sp >= lo && sp < hi) from = Math.min(from, sp);
		take(Math.max(lo, from - at.near), Math.min(hi, from + at.stack));
	}
	// A round follows what the round before has found; the first, what the variables and
	// the goroutines hold.
	for (const [from, to] of at.pointers) follow(from, to);
	for (let round = 0; round < at.rounds && fresh.length > 0; round++) {
		const found = fresh;
		fresh = [];
		for (let i = 0; i < found.length; i++) {
			if (i % 64 === 0 && late()) { whole = false; round = at.rounds; break; }
			follow(found[i] * at.block, (found[i] + 1) * at.block);
		}
	}

	const runs = [];
	for (let b = marks.indexOf(1); b >= 0;) {
		let end = marks.indexOf(0, b);
		if (end < 0) end = marks.length;
		runs.push(b, end - b);
		b = marks.indexOf(1, end);
	}
	const head = new Uint32Array(runs.length + 1);
	head[0] = runs.length / 2;
	head.set(runs, 1);
	const parts = new Uint8Array(head.byteLength + taken * at.block);
	parts.set(new Uint8Array(head.buffer));
	for (let i = 0, to = head.byteLength; i < runs.length; i += 2) {
		const from = runs[i] * at.block, end = Math.min(size, from + runs[i + 1] * at.block);
		parts.set(bytes.subarray(from, end), to);
		to += runs[i + 1] * at.block;
	}
	this.blob = new Blob([parts]);
	return {size, sp, whole, got: parts.length, ms: performance.now() - begin};
}
