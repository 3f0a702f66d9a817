using System.Reflection;

namespace ClientLb.Tests.Architecture;

/// <summary>
/// The public API is decided, not happened upon: each public member is a line of src/PROJECT/PublicAPI.txt. A folder with a
/// PublicAPI.txt of its own (an optional integration) is held to that one, where the folder was compiled in.
/// To accept a change: <c>CLIENTLB_APPROVE_API=1 dotnet test tests/ClientLb.Tests --filter PublicApi</c>, and read the diff.
/// </summary>
public class PublicApiTests
{
    private const string FileName = "PublicAPI.txt";

    [Theory]
    [InlineData("ClientLb")]
    [InlineData("ClientLb.AspNetCore")]
    [InlineData("ClientLb.Consul")]
    [InlineData("ClientLb.ServiceDiscovery")]
    [InlineData("ClientLb.Grpc")]
    public void Public_api_is_the_approved_one(string project)
    {
        var approved = ApprovedFiles(project);
        var actual = PublicApi.Types(Assembly.Load(project)).ToLookup(type => FileOf(project, type, approved), PublicApi.Lines);

        foreach (var file in approved)
        {
            var lines = actual[file].SelectMany(lines => lines).OrderBy(PublicApi.Subject, StringComparer.Ordinal).ToArray();
            if (lines.Length == 0 && file != approved[0])
            {
                continue;
            }

            if (Environment.GetEnvironmentVariable("CLIENTLB_APPROVE_API") == "1")
            {
                File.WriteAllText(Path.Combine(Repository.Root, file), string.Concat(lines.Select(line => line + "\n")));
                continue;
            }

            var known = File.Exists(Path.Combine(Repository.Root, file)) ? Repository.ReadLines(file) : [];
            var difference = known.Except(lines).Select(line => "- " + line).Concat(lines.Except(known).Select(line => "+ " + line)).ToArray();
            Assert.True(
                difference.Length == 0,
                $"{file} differs from the public API (CLIENTLB_APPROVE_API=1 rewrites it):\n{string.Join('\n', difference)}");
        }
    }

    /// <summary>The project's own file first, then those of its folders.</summary>
    private static string[] ApprovedFiles(string project)
    {
        var folder = Path.Combine(Repository.Root, "src", project);
        var folders = Directory.EnumerateFiles(folder, FileName, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Where(file => file.Count(c => c == '/') > 2)
            .Order(StringComparer.Ordinal);
        return [$"src/{project}/{FileName}", .. folders];
    }

    private static string FileOf(string project, Type type, string[] approved)
    {
        // Extension methods stand in a namespace of their own: the file beside the project is theirs.
        var folder = type.Namespace!.StartsWith(project, StringComparison.Ordinal) ? type.Namespace[project.Length..].Replace('.', '/') : "";
        return approved.Where(file => $"src/{project}{folder}/".StartsWith(file[..^FileName.Length], StringComparison.Ordinal)).MaxBy(file => file.Length)!;
    }
}
