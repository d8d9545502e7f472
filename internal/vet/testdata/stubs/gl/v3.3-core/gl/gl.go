package gl

func Init() error       { return nil }
func Clear(mask uint32) {}
