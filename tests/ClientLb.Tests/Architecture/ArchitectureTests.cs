namespace ClientLb.Tests.Architecture;

/// <summary>The picture in docs/architecture.md, kept true.</summary>
public class ArchitectureTests
{
    private static readonly RoomRules Rules = RoomRules.For(["src/ClientLb/Endpoints/Endpoint.cs", "src/ClientLb/Clusters/Cluster.cs"]);

    [Fact]
    public void Sources_follow_the_rooms()
    {
        var files = Repository.SourceFiles("src").ToArray();
        var rules = RoomRules.For(files.Where(file => file.StartsWith("src/ClientLb/", StringComparison.Ordinal)));

        var violations = files.SelectMany(file => rules.Violations(file, string.Join('\n', Repository.ReadLines(file)))).ToArray();

        Assert.NotEmpty(files);
        Assert.True(violations.Length == 0, string.Join(Environment.NewLine, violations));
    }

    [Theory]
    [InlineData("src/ClientLb/Health/A.cs", "using ClientLb.Endpoints;\nusing ClientLb.Telemetry;\nnamespace ClientLb.Health;")]
    [InlineData("src/ClientLb/Health/Probes/A.cs", "using ClientLb.Health;\nnamespace ClientLb.Health.Probes;")]
    [InlineData("src/ClientLb/Clusters/A.cs", "namespace ClientLb.Clusters;\nclass A { ClientLb.Health.B? b; }")]
    [InlineData("src/ClientLb/Endpoints/A.cs", "namespace ClientLb.Endpoints;\n/// <see cref=\"ClientLb.Calls.B\"/>\nclass A { string s = \"ClientLb.Calls.B\"; }")]
    [InlineData("src/ClientLb/Endpoints/A.cs", "namespace ClientLb.Endpoints;\nclass A { object? Clusters; string? B => Clusters.ToString(); }")]
    [InlineData("src/ClientLb.Consul/A.cs", "using ClientLb.Endpoints;\nusing ClientLb.Discovery;\nnamespace ClientLb.Consul;")]
    [InlineData("src/ClientLb.Consul/ConsulExtensions.cs", "using ClientLb.DependencyInjection;\nnamespace ClientLb.Consul;")]
    [InlineData("src/ClientLb.AspNetCore/Reports/A.cs", "using ClientLb.AspNetCore.Deadlines;\nusing ClientLb.Settings;\nnamespace ClientLb.AspNetCore.Reports;")]
    [InlineData("src/ClientLb.AspNetCore/PipelineExtensions.cs", "using ClientLb.AspNetCore;\nnamespace Microsoft.AspNetCore.Builder;")]
    public void Dependency_pointing_down_is_allowed(string file, string source) =>
        Assert.Empty(Rules.Violations(file, source));

    [Theory]
    [InlineData("src/ClientLb/Health/A.cs", "using ClientLb.Clusters;\nnamespace ClientLb.Health;", "Clusters (level 3)")]
    [InlineData("src/ClientLb/Health/A.cs", "using ClientLb.Balancing;\nnamespace ClientLb.Health;", "Balancing (level 2)")]
    [InlineData("src/ClientLb/Health/A.cs", "using X = ClientLb.Calls.B;\nnamespace ClientLb.Health;", "Calls (level 4)")]
    [InlineData("src/ClientLb/Health/A.cs", "global using static ClientLb.Http.B;\nnamespace ClientLb.Health;", "Http (level 5)")]
    [InlineData("src/ClientLb/Telemetry/A.cs", "namespace ClientLb.Telemetry;\nclass A { global::ClientLb.Endpoints.Endpoint? e; }", "Endpoints (level 1)")]
    [InlineData("src/ClientLb/Telemetry/A.cs", "namespace ClientLb.Telemetry;\nclass A { Endpoints.Endpoint? e; }", "Endpoints (level 1)")]
    [InlineData("src/ClientLb/Health/A.cs", "namespace ClientLb.Endpoints;", "the folder says ClientLb.Health")]
    [InlineData("src/ClientLb/Health/A.cs", "using ClientLb.Nowhere;\nnamespace ClientLb.Health;", "no room")]
    [InlineData("src/ClientLb/Nowhere/A.cs", "namespace ClientLb.Nowhere;", "none of the rooms")]
    [InlineData("src/ClientLb/A.cs", "namespace ClientLb;", "none of the rooms")]
    [InlineData("src/ClientLb/Health/Helpers/A.cs", "namespace ClientLb.Health.Helpers;", "named after its purpose")]
    [InlineData("src/ClientLb.Consul/A.cs", "using ClientLb.Clusters;\nnamespace ClientLb.Consul;", "must not use Clusters")]
    [InlineData("src/ClientLb.AspNetCore/A.cs", "using ClientLb.Http;\nnamespace ClientLb.AspNetCore;", "must not use Http")]
    [InlineData("src/ClientLb.Consul/A.cs", "using ClientLb.DependencyInjection;\nnamespace ClientLb.Consul;", "*Extensions files")]
    public void Dependency_pointing_elsewhere_is_named(string file, string source, string expected) =>
        Assert.Contains(expected, Assert.Single(Rules.Violations(file, source)), StringComparison.Ordinal);
}
