using System.Globalization;
using ClientLb.Settings;

namespace ClientLb.Simulation;

/// <summary>Reads flags and their values, and gathers all that is wrong with them.</summary>
internal sealed class Flags
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<string> _known = [];
    private readonly List<string> _errors = [];

    public Flags(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                _errors.Add($"'{name}' is no option.");
                continue;
            }

            var hasValue = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            if (!_values.TryAdd(name, hasValue ? args[++i] : ""))
            {
                _errors.Add($"{name} is given twice: separate several values by commas.");
            }
        }
    }

    public delegate bool Parser<T>(string text, out T value);

    /// <summary>A flag without a value.</summary>
    public bool IsSet(string name)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var value))
        {
            return false;
        }

        if (value.Length > 0)
        {
            _errors.Add($"{name} takes no value, but '{value}' was given.");
        }

        return true;
    }

    /// <summary>Flags that make no sense beside another one.</summary>
    public void Refuse(string beside, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            _known.Add(name);
            if (_values.ContainsKey(name))
            {
                _errors.Add($"{name} can't be combined with {beside}.");
            }
        }
    }

    public List<T> List<T>(string name, string usual, Parser<T> parse, string allowed)
    {
        var values = new List<T>();
        foreach (var text in Value(name, usual).Split(',', StringSplitOptions.TrimEntries))
        {
            if (parse(text, out var value))
            {
                values.Add(value);
            }
            else
            {
                _errors.Add($"{name}: '{text}' is not allowed. Allowed: {allowed}.");
            }
        }

        return values;
    }

    public List<string> Choices(string name, string usual, IEnumerable<string> allowed)
    {
        var all = allowed.ToList();
        return List(name, usual, (string text, out string value) =>
        {
            value = all.Find(one => one.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? "";
            return value.Length > 0;
        }, string.Join(", ", all.Select(static one => one.Length > 1 ? one.ToLowerInvariant() : one)));
    }

    public List<double> Numbers(string name, string usual, double least, double most, bool isWhole) => List(
        name,
        usual,
        (string text, out double value) => double.TryParse(text, isWhole ? NumberStyles.None : NumberStyles.Float, CultureInfo.InvariantCulture, out value)
            && value >= least && value <= most,
        string.Create(CultureInfo.InvariantCulture, $"{(isWhole ? "whole numbers" : "numbers")} from {least} to {most}"));

    public double Number(string name, double usual, double least, double most, bool isWhole) =>
        Only(name, Numbers(name, usual.ToString(CultureInfo.InvariantCulture), least, most, isWhole), usual);

    /// <summary>The seeds of the runs; 1 where none is named.</summary>
    public List<ulong> Seeds() => List<ulong>(
        "--seed",
        "1",
        static (string text, out ulong seed) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed),
        "whole numbers from 0");

    /// <summary>How many runs are made at once; one a processor where nothing is said.</summary>
    public int Threads() => (int)Number("--threads", Environment.ProcessorCount, 1, 64, isWhole: true);

    public double Seconds(string name, string usual) => Only(name, List(
        name,
        usual,
        static (string text, out TimeSpan value) => Durations.TryParse(text, out value) && value >= TimeSpan.Zero && value <= LongestDelay,
        $"times with a unit, 0ms to {Durations.Format(LongestDelay)}"), default).TotalSeconds;

    /// <summary>One of several words.</summary>
    public string Choice(string name, string usual, IEnumerable<string> allowed) => Only(name, Choices(name, usual, allowed), usual);

    public bool OnOff(string name, bool usual) => Choice(name, usual ? "on" : "off", ["on", "off"]) == "on";

    /// <summary>A file that is to be written.</summary>
    public string? File(string name)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var file))
        {
            return null;
        }

        if (file.Length == 0)
        {
            _errors.Add($"{name} needs the name of a file.");
        }
        else if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
        {
            _errors.Add($"{name}: the folder of '{file}' does not exist.");
        }

        return file;
    }

    /// <summary>All that is wrong, options that nobody asked for included.</summary>
    public IReadOnlyList<string> Finish()
    {
        foreach (var name in _values.Keys.Where(name => !_known.Contains(name)))
        {
            _errors.Add($"{name} is no option. Options: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
        }

        return _errors;
    }

    /// <summary>Whether anything is wrong; all of it is written.</summary>
    public bool AreRefused(TextWriter problems)
    {
        var errors = Finish();
        foreach (var error in errors)
        {
            problems.WriteLine(error);
        }

        return errors.Count > 0;
    }

    private T Only<T>(string name, List<T> values, T otherwise)
    {
        if (values.Count > 1)
        {
            _errors.Add($"{name} takes one value: it holds for the whole run.");
        }

        return values.Count == 0 ? otherwise : values[0];
    }

    private string Value(string name, string usual)
    {
        _known.Add(name);
        return _values.GetValueOrDefault(name, usual);
    }
}
