package toolkit

// fyneIcons are the names of the icons that Fyne's theme has, of v2.3 to v2.8: the
// constants IconName… of its package theme.
var fyneIcons = map[string]bool{
	"account": true, "arrowBack": true, "arrowDown": true, "arrowDropDown": true, "arrowDropUp": true, "arrowForward": true, "arrowUp": true,
	"broken-image": true, "calendar": true, "cancel": true, "checked": true, "colorAchromatic": true, "colorChromatic": true, "colorPalette": true,
	"computer": true, "confirm": true, "contentAdd": true, "contentClear": true, "contentCopy": true, "contentCut": true, "contentPaste": true,
	"contentRedo": true, "contentRemove": true, "contentUndo": true, "delete": true, "desktop": true, "document": true, "documentCreate": true,
	"documentPrint": true, "documentSave": true, "download": true, "dragCornerIndicator": true, "error": true, "file": true, "fileApplication": true,
	"fileAudio": true, "fileImage": true, "fileText": true, "fileVideo": true, "folder": true, "folderNew": true, "folderOpen": true, "grid": true,
	"help": true, "history": true, "home": true, "iconNameCheckButtonFill": true, "iconNameRadioButtonFill": true, "info": true, "list": true,
	"login": true, "logout": true, "mailAttachment": true, "mailCompose": true, "mailForward": true, "mailReply": true, "mailReplyAll": true,
	"mailSend": true, "mediaFastForward": true, "mediaFastRewind": true, "mediaMusic": true, "mediaPause": true, "mediaPhoto": true, "mediaPlay": true,
	"mediaRecord": true, "mediaReplay": true, "mediaSkipNext": true, "mediaSkipPrevious": true, "mediaStop": true, "mediaVideo": true, "menu": true,
	"menuExpand": true, "moreHorizontal": true, "moreVertical": true, "partial": true, "question": true, "radioButton": true,
	"radioButtonChecked": true, "search": true, "searchReplace": true, "settings": true, "storage": true, "unchecked": true, "upload": true,
	"viewFullScreen": true, "viewRefresh": true, "viewRestore": true, "viewZoomFit": true, "viewZoomIn": true, "viewZoomOut": true, "visibility": true,
	"visibilityOff": true, "volumeDown": true, "volumeMute": true, "volumeUp": true, "warning": true, "windowClose": true, "windowMaximize": true,
	"windowMinimize": true,
}

// IsIcon reports whether a toolkit's theme has an icon of that name, in any of the
// versions that are known.
func IsIcon(name string) bool { return fyneIcons[name] }
