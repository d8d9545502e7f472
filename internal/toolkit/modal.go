package toolkit

// modal are the functions in which a program waits for the person before a native
// dialog that it has opened: no freeze, although the loop of the windows stands
// still meanwhile.
var modal = []Wait{
	{Func: Func{Match: "github.com/sqweek/dialog/…._Cfunc_gtk_dialog_run"}},
	{Func: Func{Match: "github.com/sqweek/dialog.…"}},
	{Func: Func{Match: "github.com/ncruces/zenity.…"}},
	{Func: Func{Match: "github.com/ncruces/zenity/…"}},
	{Func: Func{Match: "github.com/gen2brain/dlgs.…"}},
	{Func: Func{Match: "…._Cfunc_gtk_dialog_run"}},
	{Func: Func{Match: "…._Cfunc_gtk_native_dialog_run"}},
	{Func: Func{Match: "…._Cfunc_tinyfd_…"}},
}
