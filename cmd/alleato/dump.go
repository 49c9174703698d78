package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

type configCommand struct{}

// Run prints every variable and its value in force; of secrets only whether they are set.
func (configCommand) Run(p *program) error {
	values := p.config.values()
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := fmt.Fprintf(p.stdout, "%s=%s\n", name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) values() map[string]string {
	values := map[string]string{}
	settings := reflect.ValueOf(c.Settings)
	for i := range settings.NumField() {
		value := settings.Field(i).Interface()
		text := fmt.Sprint(value)
		if list, ok := value.([]string); ok {
			text = strings.Join(list, ",")
		}
		values[settings.Type().Field(i).Tag.Get(variableTag)] = text
	}
	for _, name := range plain {
		values[name] = c.env[name]
	}
	for _, name := range []string{"OPENAI_BASE_URL", "OPENAI_API_BASE_URLS"} {
		values[name] = maskURLs(values[name])
	}
	for _, name := range secrets {
		values[name] = mask(c.env[name])
	}
	values["ALLEATO_FILES_URL"] = "file://" + c.FilesDir
	values["DATABASE_URL"] = maskURLs(c.DatabaseURL)
	return values
}

func mask(secret string) string {
	if secret == "" {
		return ""
	}
	return "********"
}

// The two places where a URL holds a password.
var (
	passwordOfUser  = regexp.MustCompile(`(://[^:/@;]*:)[^;]*@`)
	passwordOfQuery = regexp.MustCompile(`([?&](?:password|pass|key)=)[^&;]*`)
)

// maskURLs hides the passwords in a ;-list of URLs.
func maskURLs(list string) string {
	return passwordOfQuery.ReplaceAllString(passwordOfUser.ReplaceAllString(list, "${1}********@"), "${1}********")
}
