namespace ClientLb.Settings;

internal delegate bool SettingParser<TValue>(string text, out TValue value);
