using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using ClientLb.Tests.Architecture;

namespace ClientLb.OptionalPackages.Tests;

/// <summary>
/// A library and a test project that use eng/OptionalPackage.targets, taken from the world that lacks their package
/// into the one that has it. The commands run once; the tests read what they said.
/// </summary>
public sealed class OptionalPackageWorlds : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"optional-packages-{Guid.NewGuid():n}");

    internal DotnetCommand BuildLacking { get; private set; } = null!;

    internal DotnetCommand PackLacking { get; private set; } = null!;

    internal DotnetCommand BuildServed { get; private set; } = null!;

    internal DotnetCommand PackServed { get; private set; } = null!;

    internal DotnetCommand TestLacking { get; private set; } = null!;

    internal DotnetCommand TestServed { get; private set; } = null!;

    internal bool CompiledWhenLacking { get; private set; }

    internal bool CompiledWhenServed { get; private set; }

    /// <summary>When the probe of the served version ran: at the build, and as seen after the packing that followed it.</summary>
    internal (DateTime AtBuild, DateTime AfterPack) Probed { get; private set; }

    /// <summary>What the package that was packed says of itself.</summary>
    internal string PackedSpecification { get; private set; } = "";

    private string Library => Path.Combine(_root, "Library");

    private string LibraryTests => Path.Combine(_root, "LibraryTests");

    public async Task InitializeAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        WriteSurroundings();
        await Task.WhenAll(RunLibraryAsync(limit.Token), RunTestsAsync(limit.Token));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    private async Task RunLibraryAsync(CancellationToken ct)
    {
        WriteProject(Library, LocalFeed.MissingVersion, "");
        Write(Library, "Always.cs", "namespace Library; public class Always { }");
        Write(Library, "Extra/Extra.cs", """
            #if !HAS_TINY
            #error the constant is missing
            #endif
            namespace Library; public class Extra { public Tiny.Thing? Thing { get; set; } }
            """);

        BuildLacking = await DotnetCommand.RunAsync(Library, "build -c Release -warnaserror", ct);
        CompiledWhenLacking = HasExtra();
        PackLacking = await DotnetCommand.RunAsync(Library, "pack -c Release --no-build", ct);

        WriteProject(Library, LocalFeed.ServedVersion, "");
        BuildServed = await DotnetCommand.RunAsync(Library, "build -c Release", ct);
        CompiledWhenServed = HasExtra();
        var atBuild = ProbeTime();
        PackServed = await DotnetCommand.RunAsync(Library, "pack -c Release", ct);
        Probed = (atBuild, ProbeTime());
        PackedSpecification = ReadSpecification();
    }

    private async Task RunTestsAsync(CancellationToken ct)
    {
        WriteProject(LibraryTests, LocalFeed.MissingVersion, TestPackages());
        Write(LibraryTests, "AlwaysTests.cs", "namespace LibraryTests; public class AlwaysTests { [Xunit.Fact] public void Always_runs() { } }");
        Write(LibraryTests, "Extra/ExtraTests.cs", """
            using Xunit;

            namespace LibraryTests.Extra;

            public class ExtraTests
            {
                [Fact]
                public void Thing_made_is_there() => Assert.NotNull(new Tiny.Thing());

                [Theory, InlineData(1)]
                public async Task Thing_waited_for_comes(int number)
                {
                    await Task.CompletedTask;
                    Assert.Equal(number, Helper());
                }

                private static int Helper() => 1;
            }
            """);

        TestLacking = await DotnetCommand.RunAsync(LibraryTests, "test", ct);
        WriteProject(LibraryTests, LocalFeed.ServedVersion, TestPackages());
        TestServed = await DotnetCommand.RunAsync(LibraryTests, "test", ct);
    }

    /// <summary>The temporary projects take nothing from folders above them and ask no package source but the local folder.</summary>
    private void WriteSurroundings()
    {
        LocalFeed.Create(Path.Combine(_root, "feed"));
        Write(_root, "Directory.Build.props", "<Project />");
        Write(_root, "Directory.Build.targets", "<Project />");
        Write(_root, "Directory.Packages.props", "<Project />");
        Write(_root, "nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_root, "packages")}" /></config>
              <packageSources><clear /><add key="feed" value="{Path.Combine(_root, "feed")}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{PackageFolder()}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    private static void WriteProject(string folder, string version, string references) =>
        Write(folder, Path.GetFileName(folder) + ".csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                {references}
                <OptionalPackage Include="{LocalFeed.Package}" Version="{version}" Folder="Extra" Define="HAS_TINY" />
              </ItemGroup>
              <Import Project="{Path.Combine(Repository.Root, "eng", "OptionalPackage.targets")}" />
            </Project>
            """);

    private static string TestPackages()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(element => element.Attribute("Include")!.Value, element => element.Attribute("Version")!.Value);
        return string.Concat(new[] { "Microsoft.NET.Test.Sdk", "xunit", "xunit.runner.visualstudio" }
            .Select(package => $"""<PackageReference Include="{package}" Version="{versions[package]}" />"""));
    }

    private static string PackageFolder() => typeof(OptionalPackageWorlds).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "PackageFolder").Value!;

    private static void Write(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private bool HasExtra() =>
        File.ReadAllText(Path.Combine(Library, "bin/Release/net10.0/Library.dll"), System.Text.Encoding.Latin1)
            .Contains("get_Thing", StringComparison.Ordinal);

    private string ReadSpecification()
    {
        var package = Path.Combine(Library, "bin/Release/Library.1.0.0.nupkg");
        if (!File.Exists(package))
        {
            return "";
        }

        using var archive = ZipFile.OpenRead(package);
        using var reader = new StreamReader(archive.GetEntry("Library.nuspec")!.Open());
        return reader.ReadToEnd();
    }

    private DateTime ProbeTime() =>
        File.GetLastWriteTimeUtc(Path.Combine(Library, "obj/optional", LocalFeed.Package, $"{LocalFeed.ServedVersion}-net10.0/restore.log"));
}
