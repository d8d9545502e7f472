package driverlog

// xid is what one code of NVIDIA's driver means.
type xid struct {
	code int
	Pattern
}

// xids are the codes of "NVRM: Xid", by NVIDIA's document "XID Errors" and what the
// driver itself prints. Codes that are not here are shown as they are.
var xids = []xid{
	{8, Pattern{Kind: Hang, Do: "hang"}},
	{13, Pattern{Kind: Fault, Do: "app-nv"}},
	{16, Pattern{Kind: Display, Do: "display"}},
	{18, Pattern{Kind: Hardware, Do: "hardware", Lasts: true}},
	{19, Pattern{Kind: Display, Do: "display"}},
	{24, Pattern{Kind: Hang, Do: "hang"}},
	{25, Pattern{Kind: Fault, Do: "app-nv"}},
	{26, Pattern{Kind: Hang, Do: "hang"}},
	{31, Pattern{Kind: Fault, Do: "app-nv"}},
	{32, Pattern{Kind: Fault, Do: "hardware-nv"}},
	{38, Pattern{Kind: Hang, Do: "update"}},
	{43, Pattern{Kind: Hang, Do: "app-nv"}},
	{44, Pattern{Kind: Hang, Do: "hang"}},
	{45, Pattern{Kind: Notice}},
	{46, Pattern{Kind: Hang, Do: "hang"}},
	{48, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{54, Pattern{Kind: Hardware, Do: "hardware", Lasts: true}},
	{56, Pattern{Kind: Display, Do: "display"}},
	{57, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{58, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{61, Pattern{Kind: Hang, Do: "update"}},
	{62, Pattern{Kind: Hang, Do: "lost", Lasts: true}},
	{63, Pattern{Kind: Notice}},
	{64, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{68, Pattern{Kind: Fault, Do: "app-nv"}},
	{69, Pattern{Kind: Fault, Do: "app-nv"}},
	{74, Pattern{Kind: Hardware, Do: "hardware", Lasts: true}},
	{79, Pattern{Kind: Lost, Do: "lost", Lasts: true}},
	{80, Pattern{Kind: Fault, Do: "hardware-nv"}},
	{92, Pattern{Kind: Hardware, Do: "hardware-nv"}},
	{94, Pattern{Kind: Hardware, Do: "hardware-nv"}},
	{95, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{109, Pattern{Kind: Hang, Do: "hang"}},
	{119, Pattern{Kind: Hang, Do: "gsp", Lasts: true}},
	{120, Pattern{Kind: Hang, Do: "gsp", Lasts: true}},
	{140, Pattern{Kind: Hardware, Do: "hardware-nv", Lasts: true}},
	{143, Pattern{Kind: Init, Do: "init", Lasts: true}},
	{154, Pattern{Kind: Notice, Do: "reset"}},
}
