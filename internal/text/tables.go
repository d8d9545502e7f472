package text

// tables lists the tables, one file for each part of what people read.
func tables() []Table {
	return []Table{findings, errors, cli, report, limits, rules, frames, vet, heapFile, heapLabels, leak, leakCLI, memory, heapView, reload, devTexts, plugin, reloadCheck, wasmFile, webLoader, wasmPage, pageRuntime,
		driverMeanings, driverAdvice, gpuCLI, safe, assetTexts, native, nativeFindings, nativeTargets, gpuCalls, gpuMemory}
}
