package layer

import _ "embed"

//go:embed layer.so
var library []byte
