package text

var report = Table{}
