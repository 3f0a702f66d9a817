using System.Text.RegularExpressions;

namespace ClientLb.Tests.Architecture;

/// <summary>
/// Which room may use which: folder = namespace = room, and a room uses rooms of a lower level only. It reads sources, not
/// assemblies, so that a violation is named with its file.
/// </summary>
internal sealed partial class RoomRules(IReadOnlySet<string> types)
{
    public static readonly IReadOnlyDictionary<string, int> Levels = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["Telemetry"] = 0,
        ["Settings"] = 0,
        ["Endpoints"] = 1,
        ["Discovery"] = 2,
        ["Health"] = 2,
        ["Balancing"] = 2,
        ["Topology"] = 2,
        ["Affinity"] = 2,
        ["Admission"] = 2,
        ["Clusters"] = 3,
        ["Calls"] = 4,
        ["Http"] = 5,
        ["Sockets"] = 5,
        ["DependencyInjection"] = 6,
    };

    private static readonly string[] FrontDoors = ["Microsoft.Extensions.DependencyInjection", "Microsoft.AspNetCore.Builder", "Grpc.Net.Client"];

    private static readonly string[] ForbiddenNames =
        ["Util", "Utils", "Utilities", "Common", "Helper", "Helpers", "Internal", "Manager", "Managers", "Misc", "Shared"];

    /// <summary>What the projects beside the core may use of it. The front door is open to extension methods only.</summary>
    private static readonly Dictionary<string, string[]> UsedByIntegration = new(StringComparer.Ordinal)
    {
        ["ClientLb.AspNetCore"] = ["Calls", "Endpoints", "Settings", "Telemetry"],
        ["ClientLb.Grpc"] = ["Affinity", "Balancing", "Calls", "Clusters", "Endpoints", "Http", "Settings", "Telemetry"],
        ["ClientLb.Consul"] = ["Discovery", "Endpoints", "Settings", "Telemetry"],
        ["ClientLb.ServiceDiscovery"] = ["Clusters", "Discovery", "Endpoints", "Settings"],
    };

    /// <summary>Reads the rules for a tree of files: a name <c>Room.Type</c> is a mention of a room only if that room has the type.</summary>
    public static RoomRules For(IEnumerable<string> coreFiles) =>
        new(coreFiles.Select(file => file.Split('/')).Where(parts => parts.Length > 3)
            .Select(parts => $"{parts[2]}.{Path.GetFileNameWithoutExtension(parts[^1])}").ToHashSet(StringComparer.Ordinal));

    /// <summary>What a file does against the rules, a sentence each.</summary>
    /// <param name="file">The path from the root: <c>src/PROJECT/ROOM/Type.cs</c>.</param>
    /// <param name="source">Its text.</param>
    public IEnumerable<string> Violations(string file, string source)
    {
        var parts = file.Split('/');
        var project = parts[1];
        var folders = parts[2..^1];
        var code = Noise().Replace(source, match => match.Value.StartsWith('"') ? "\"\"" : " ");

        foreach (var folder in folders.Intersect(ForbiddenNames, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{file}: '{folder}' says nothing of what is in it; a room is named after its purpose";
        }

        var expected = string.Join('.', folders.Prepend(project));
        foreach (var found in NamespaceLine().Matches(code).Select(match => match.Groups[1].Value).Where(name => name != expected))
        {
            // Extension methods stand where those who use them already look.
            if (FrontDoors.Contains(found) && Path.GetFileNameWithoutExtension(file).EndsWith("Extensions", StringComparison.Ordinal))
            {
                continue;
            }

            yield return $"{file}: the namespace is {found}, the folder says {expected}";
        }

        var violations = project == "ClientLb" ? InCore(file, folders.FirstOrDefault(), code) : InIntegration(file, project, code);
        foreach (var violation in violations)
        {
            yield return violation;
        }
    }

    private IEnumerable<string> InCore(string file, string? room, string code)
    {
        if (room is null || !Levels.TryGetValue(room, out var level))
        {
            yield return $"{file}: is in none of the rooms {string.Join(", ", Levels.Keys)}";
            yield break;
        }

        foreach (var used in Mentions(code).Where(used => used != room))
        {
            if (!Levels.TryGetValue(used, out var usedLevel))
            {
                yield return $"{file}: uses {used}, which is no room";
            }
            else if (usedLevel >= level)
            {
                yield return $"{file}: {room} (level {level}) must not use {used} (level {usedLevel}): dependencies point down";
            }
        }
    }

    private IEnumerable<string> InIntegration(string file, string project, string code)
    {
        var self = project["ClientLb.".Length..];
        var isExtension = Path.GetFileNameWithoutExtension(file).EndsWith("Extensions", StringComparison.Ordinal);
        return Mentions(code)
            .Where(used => used != self && !UsedByIntegration[project].Contains(used) && !(isExtension && used == "DependencyInjection"))
            .Select(used => $"{file}: {project} must not use {used}, only {string.Join(", ", UsedByIntegration[project])}"
                + (used == "DependencyInjection" ? "; the front door is for its *Extensions files" : ""));
    }

    private IEnumerable<string> Mentions(string code)
    {
        var full = FullName().Matches(code).Select(match => match.Groups[1].Value);
        var relative = QualifiedName().Matches(code)
            .Where(match => types.Contains(match.Value)).Select(match => match.Groups[1].Value);
        return full.Concat(relative).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Comments and text: what is said there is no dependency.</summary>
    [GeneratedRegex("""(?s)"{3}.*?"{3}|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/""")]
    private static partial Regex Noise();

    [GeneratedRegex(@"(?m)^\s*namespace\s+([\w.]+)")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\bClientLb\.(\w+)")]
    private static partial Regex FullName();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w+)\.[A-Z]\w+")]
    private static partial Regex QualifiedName();
}
